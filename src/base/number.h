#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace palabre {

/// The decimal number that `text` is, all of it: figures, zeros in front of them allowed, and a `-`
/// first where `T` has a sign; no `+`, no blank. Nothing where it is anything else, or no `T` can
/// hold it. What zero means is the caller's to say.
template <std::integral T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace palabre
