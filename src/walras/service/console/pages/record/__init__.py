"""The record of everything that was done, and how the service fares."""
