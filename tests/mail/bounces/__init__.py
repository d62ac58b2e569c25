"""Tests of failure notices and complaints."""
