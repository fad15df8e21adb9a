import evidence from "./evidence.css";
import fields from "./fields.css";
import base from "./base.css";
import graph from "./graph.css";
import inbox from "./inbox.css";
import outcome from "./outcome.css";
import question from "./question.css";
import request from "./request.css";
import session from "./session.css";
import timeline from "./timeline.css";

export const style = [
  base,
  session,
  graph,
  timeline,
  evidence,
  question,
  fields,
  request,
  outcome,
  inbox,
].join("");
