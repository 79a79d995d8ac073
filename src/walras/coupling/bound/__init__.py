"""The second worker: proves by cases how little better than found any result can be (formulation, section 8)."""
