"""The same work in each framework: a module each, a function a case.

A case is an async function that does its work ``rounds`` times; a case of a durable thread takes
the folder it may write to as well.
"""
