"""Declare a graph: nodes, edges, state; plan what runs next."""
