const EVENTS = ["keydown", "keypress", "keyup"] as const;

/** Keep keys from the notebook, where a bare letter inserts or cuts a cell. */
export function keepKeysFromNotebook(root: HTMLElement): void {
  for (const name of EVENTS) {
    root.addEventListener(name, (event) => {
      if (!saves(event)) event.stopPropagation();
    });
  }
}

// Saving the notebook changes no cell, and the browser's own dialog would open instead.
function saves({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === "s" && (ctrlKey || metaKey);
}
