import type { Header as HeaderState } from "./messages";
import { characters, Marked, plain } from "./text";

export function Header({ header, id }: { header: HeaderState; id: string }) {
  return (
    <header>
      <h2 id={id} title={`${plain(header.graph)} ▸ ${plain(header.thread)}`}>
        <Marked text={header.graph} />
        {characters(header.thread) > 0 && (
          <>
            <span aria-hidden="true"> ▸ </span>
            <Marked text={header.thread} />
          </>
        )}
      </h2>
      <p class="standing">
        <span class={`dot ${header.status}`} aria-hidden="true" />
        <span role="status">
          <Marked text={header.note} />
        </span>
        {characters(header.saver) > 0 && (
          <span class="faint">
            {" · "}
            <Marked text={header.saver} />
          </span>
        )}
      </p>
    </header>
  );
}
