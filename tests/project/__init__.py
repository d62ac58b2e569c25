"""Tests of packaging, deployment files and test servers."""
