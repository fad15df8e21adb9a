import evidence from "./evidence.css";
import frame from "./frame.css";
import outcome from "./outcome.css";
import question from "./question.css";
import timeline from "./timeline.css";

export const style = [frame, timeline, evidence, question, outcome].join("");
