#pragma once

#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

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

/// `return fail(error);` ends a function that returns a Result<T, E>, for any T, with that error.
/// base/fail.h has the form that writes an Error's sentence.
template <typename E>
requires std::is_class_v<E>
[[nodiscard]] Unexpected<E> fail(E error) { return Unexpected<E>(std::move(error)); }

}  // namespace palabre

/// Takes the value of a Result, or returns its error from the function around it:
///
///     TRY(const auto file, open_log(path));  // declares `file`, the value itself
///     TRY(last, file.find_last());           // assigns it
///     TRY(file.flush());                     // a Result<void>, or a value that nobody wants
///
/// The expression is evaluated once, and its value is moved into what is declared. The function, or
/// the lambda, around it returns a Result with the same error type. It is more than one statement:
/// it stands in a block, one on a line, never as the sole body of an `if`. A template with several
/// arguments in the form without a declaration goes into parentheses.
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
