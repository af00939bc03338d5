#pragma once

#include <fmt/format.h>

#include <utility>

#include "base/result.h"

namespace palabre {

/// `return fail(EX_CONFIG, "{} is not a room name.", name);` returns an error from a function that
/// returns a Result<T>, for any T. `exit_code` is one of <sysexits.h>; the format is checked at
/// compile time. Separate from base/result.h, so that rooms that write no sentences do not include
/// fmt.
template <typename... Arguments>
[[nodiscard]] Unexpected<Error> fail(int exit_code, fmt::format_string<Arguments...> format,
                                     Arguments&&... arguments) {
  return Unexpected<Error>(
      Error{exit_code, fmt::format(format, std::forward<Arguments>(arguments)...)});
}

}  // namespace palabre
