"""Tests of live pages: who is told what over a stream, and when it ends."""
