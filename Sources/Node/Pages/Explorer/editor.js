// A text field whose text is coloured: the text itself is transparent, and a coloured copy lies below it.

const QUERY = /(#[^\n]*)|("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*")|(-?\d[\d.eE+-]*)|\b(query|mutation|subscription|fragment|on|true|false|null)\b|([$@]?[A-Za-z_]\w*)/g;
const JSON_TEXT = /(\b\B)|("(?:\\.|[^"\\])*"(?!\s*:))|(-?\d[\d.eE+-]*)|\b(true|false|null)\b|("(?:\\.|[^"\\])*")/g;
const CLASSES = ["t-note", "t-text", "t-number", "t-word", "t-name"];

/** Shows `text` in `target`, coloured; `language` is "query" or "json". */
export function colour(target, text, language) {
  const pattern = language === "query" ? QUERY : JSON_TEXT;
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    pieces.push(text.slice(end, match.index));
    const span = document.createElement("span");
    span.className = CLASSES[match.slice(1).findIndex((group) => group !== undefined)];
    span.textContent = match[0];
    pieces.push(span);
    end = match.index + match[0].length;
  }
  pieces.push(text.slice(end));
  target.replaceChildren(...pieces);
}

/** Makes an editor of a textarea with a `pre` before it. `changed` is told of each change. */
export function edit(area, language, changed) {
  const below = area.previousElementSibling;
  const show = () => {
    // A last empty line takes room only when something stands on it.
    colour(below, area.value + "\n", language);
    changed(area.value);
  };
  area.addEventListener("input", show);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      insert(area, "\n" + indentation(area));
    } else if (event.key === "Tab" && !event.shiftKey && area.value) {
      event.preventDefault();
      insert(area, "  ");
    }
  });
  show();
}

function insert(area, text) {
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input"));
}

/** The blanks that the next line begins with: those of this one, and two more behind an opening brace. */
function indentation(area) {
  const line = area.value.slice(0, area.selectionStart).split("\n").pop();
  return line.match(/^ */)[0] + (/[{[(]\s*$/.test(line) ? "  " : "");
}
