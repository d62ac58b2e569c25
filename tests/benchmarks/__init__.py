"""Tests of the benchmarks' own calculations."""
