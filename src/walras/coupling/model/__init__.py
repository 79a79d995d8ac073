"""The program: plain arrays, one module a family, in the reading order of docs/formulation.md."""
