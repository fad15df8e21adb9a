import evidence from "./evidence.css";
import fields from "./fields.css";
import frame from "./frame.css";
import outcome from "./outcome.css";
import question from "./question.css";
import request from "./request.css";
import timeline from "./timeline.css";

export const style = [frame, timeline, evidence, question, fields, request, outcome].join("");
