#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace palabre {

/// Parses all of `text` as a decimal number. Leading zeros are allowed, and a leading `-` if `T` is
/// signed; `+` and blanks are not. Returns nothing if `text` is anything else or `T` cannot hold
/// the number. The meaning of zero is up to the caller.
template <std::integral T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace palabre
