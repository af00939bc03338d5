#pragma once

#include <cstdio>
#include <cstdlib>

/// What a fuzz target claims. Ends the process where it does not hold, and libFuzzer keeps the
/// input.
#define REQUIRE(claim)                                                                     \
  do {                                                                                     \
    if (!(claim)) {                                                                        \
      std::fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #claim); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
