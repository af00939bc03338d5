#pragma once

#include <cstdio>
#include <cstdlib>

/// An assertion of a fuzz target. Aborts where it fails, and libFuzzer keeps the input.
#define REQUIRE(claim)                                                                     \
  do {                                                                                     \
    if (!(claim)) {                                                                        \
      std::fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #claim); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
