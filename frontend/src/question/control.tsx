import type { FormView } from "../messages";
import type { ControlProps } from "./control_props";
import { OptionButtons, OptionDropdown } from "./options_control";
import { RequestForm } from "./request/request_control";
import { TextForm } from "./text_control";

export function Control({ control, ...props }: ControlProps<FormView["control"]>) {
  switch (control.kind) {
    case "options":
      return control.layout === "dropdown" ? (
        <OptionDropdown control={control} {...props} />
      ) : (
        <OptionButtons control={control} {...props} />
      );
    case "text":
      return <TextForm control={control} {...props} />;
    case "request":
      return <RequestForm control={control} {...props} />;
    default:
      return <Unknown />;
  }
}

function Unknown() {
  return (
    <p class="notice" role="alert">
      This page holds an older version of the view, which cannot draw this question. Save the
      notebook and reload the page.
    </p>
  );
}
