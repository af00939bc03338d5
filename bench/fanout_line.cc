#include "fanout_line.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace palabre::bench {
namespace {

constexpr std::size_t kNumberDigits = 8;
constexpr std::size_t kAuthorDigits = 4;

std::optional<std::uint32_t> read_digits(std::string_view digits) {
  std::uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

PostedText write_text(Label label) {
  PostedText text;
  text.fill('.');
  fmt::format_to_n(text.begin(), kTextBytes, "{:08} {:04} ", label.number, label.author);
  text.back() = '\n';
  return text;
}

std::optional<Label> read_text(std::string_view text) {
  if (text.size() < kNumberDigits + 1 + kAuthorDigits) return std::nullopt;
  const auto number = read_digits(text.substr(0, kNumberDigits));
  const auto author = read_digits(text.substr(kNumberDigits + 1, kAuthorDigits));
  if (!number || !author) return std::nullopt;
  return Label{*number, *author};
}

std::optional<Label> read_line(std::string_view line) {
  if (line.size() + 1 != kLineBytes) return std::nullopt;
  return read_text(line.substr(line.size() - kTextBytes));
}

}  // namespace palabre::bench
