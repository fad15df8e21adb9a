import type { TargetedEvent } from "preact";
import { has } from "../schema/notation";
import { counted } from "../text/quantities";
import type { FieldProps } from "./field_props";
import { textBoxProps } from "./scalar_fields";
import { TextBox } from "./text_box";

/** Bytes, from a file or as text. */
export function BytesField(props: FieldProps) {
  const { value, set, id, name, locked } = props;
  const held = has(value, "$bytes") ? String(value.$bytes) : null;
  const bytes = held === null ? null : decoded(held);
  const text = bytes && asText(bytes);
  const file = has(value, "name") ? String(value.name) : "";
  const take = async (event: TargetedEvent<HTMLInputElement>) => {
    const [chosen] = event.currentTarget.files ?? [];
    if (!chosen) return;
    const $bytes = encoded(new Uint8Array(await chosen.arrayBuffer()));
    set({ $bytes, name: chosen.name, type: chosen.type });
  };
  const write = (next: string) =>
    set(next === "" ? undefined : { $bytes: encoded(new TextEncoder().encode(next)) });
  return (
    <>
      <div class="beside">
        <TextBox
          {...textBoxProps(props)}
          text={file ? "" : (text ?? "")}
          hint={
            file || (bytes && text === null)
              ? "choose another file, or type"
              : "text, or choose a file"
          }
          write={write}
        />
        <input
          type="file"
          id={`${id}-file`}
          aria-label={`${name}, file`}
          disabled={locked}
          onChange={(event) => void take(event)}
        />
      </div>
      {bytes && (
        <p class="note">
          {file && <bdi>{file}, </bdi>}
          {counted(bytes.length, "byte")}
        </p>
      )}
    </>
  );
}

function decoded(base64: string): Uint8Array | null {
  try {
    const plain = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function encoded(bytes: Uint8Array): string {
  let plain = "";
  for (const byte of bytes) plain += String.fromCharCode(byte);
  return btoa(plain);
}

function asText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\0-\x08\n\r\x0e-\x1f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}
