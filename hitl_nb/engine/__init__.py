"""Run a graph: supersteps, nodes, questions, what is written when."""
