#pragma once

#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace palabre {

/// An error for a person to read: one sentence that says what happened, to what, and what to do.
struct Error {
  /// A code of <sysexits.h>: the exit code of a program that ends because of this error.
  int exit_code = 0;
  std::string sentence;
};

/// For expected failures. Exceptions are for start-up and for bugs.
template <typename T, typename E = Error>
using Result = tl::expected<T, E>;

template <typename E>
using Unexpected = tl::unexpected<E>;

/// `return fail(error);` returns the error from a function that returns a Result<T, E>, for any T.
/// base/fail.h has the overload that formats an Error's sentence.
template <typename E>
requires std::is_class_v<E>
[[nodiscard]] Unexpected<E> fail(E error) { return Unexpected<E>(std::move(error)); }

}  // namespace palabre

/// Takes the value of a Result, or returns its error from the enclosing function:
///
///     TRY(const auto file, open_log(path));  // declares `file`, the value itself
///     TRY(last, file.find_last());           // assigns the value to `last`
///     TRY(file.flush());                     // a Result<void>, or a value that is not used
///
/// The expression is evaluated once, and its value is moved into the declared variable. The
/// enclosing function or lambda must return a Result with the same error type. TRY expands to
/// several statements: use it inside a block, one to a line, never as the sole body of an `if`. In
/// the form without a declaration, an expression with a comma in template arguments needs
/// parentheses.
#define TRY(...)                                                                         \
  PALABRE_TRY_FORM(__VA_ARGS__, PALABRE_TRY_VALUE, PALABRE_TRY_VALUE, PALABRE_TRY_VALUE, \
                   PALABRE_TRY_VALUE, PALABRE_TRY_VOID, )                                \
  (__VA_ARGS__)

#define PALABRE_TRY_FORM(a, b, c, d, e, form, ...) form
#define PALABRE_TRY_NAME_AT(line) palabre_try_at_##line
#define PALABRE_TRY_NAME(line) PALABRE_TRY_NAME_AT(line)

#define PALABRE_TRY_VOID(...)                              \
  if (auto palabre_tried = (__VA_ARGS__); palabre_tried) { \
  } else                                                   \
    return ::palabre::fail(std::move(palabre_tried).error())

#define PALABRE_TRY_VALUE(declaration, ...)                                \
  auto PALABRE_TRY_NAME(__LINE__) = (__VA_ARGS__);                         \
  if (!PALABRE_TRY_NAME(__LINE__))                                         \
    return ::palabre::fail(std::move(PALABRE_TRY_NAME(__LINE__)).error()); \
  declaration = *std::move(PALABRE_TRY_NAME(__LINE__))
