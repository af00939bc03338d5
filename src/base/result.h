#pragma once

#include <string>
#include <tl/expected.hpp>

namespace palabre {

/// What went wrong, for a person: one sentence that says what happened, to what, and what to do.
struct Error {
  /// A code of <sysexits.h>: what a program that ends over this error exits with.
  int exit_code = 0;
  std::string sentence;
};

/// For what can happen. Exceptions are for start-up and for bugs.
template <typename T, typename E = Error>
using Result = tl::expected<T, E>;

template <typename E>
using Unexpected = tl::unexpected<E>;

}  // namespace palabre
