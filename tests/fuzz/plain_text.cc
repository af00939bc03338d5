#include "plain_text.h"

#include <algorithm>
#include <array>

namespace palabre::fuzz {
namespace {

struct Form {
  unsigned first_from, first_to;
  std::size_t size;
  unsigned second_from, second_to;
};

constexpr std::array<Form, 9> kForms{{
    {0x00, 0x7F, 1, 0, 0},
    {0xC2, 0xDF, 2, 0x80, 0xBF},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
}};

bool is_between(unsigned value, unsigned from, unsigned to) { return value >= from && value <= to; }

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

std::optional<std::vector<char32_t>> decode(std::string_view bytes) {
  std::vector<char32_t> decoded;
  while (!bytes.empty()) {
    const unsigned first = byte_at(bytes, 0);
    const auto* form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& one) {
      return is_between(first, one.first_from, one.first_to);
    });
    if (form == kForms.end() || bytes.size() < form->size) return std::nullopt;
    const unsigned lead_bits = form->size == 1 ? 0x7F : 0xFFU >> (form->size + 1);
    char32_t c = first & lead_bits;
    for (std::size_t i = 1; i < form->size; ++i) {
      const unsigned from = i == 1 ? form->second_from : 0x80;
      const unsigned to = i == 1 ? form->second_to : 0xBF;
      if (!is_between(byte_at(bytes, i), from, to)) return std::nullopt;
      c = (c << 6) | (byte_at(bytes, i) & 0x3F);
    }
    decoded.push_back(c);
    bytes.remove_prefix(form->size);
  }
  return decoded;
}

bool is_safe_to_show(std::string_view text) {
  const auto decoded = decode(text);
  return decoded && std::none_of(decoded->begin(), decoded->end(), [](char32_t c) {
           const bool control = (c < 0x20 && c != '\n' && c != '\t') || is_between(c, 0x7F, 0x9F);
           return control || is_between(c, 0x2028, 0x202E) || is_between(c, 0x2066, 0x2069);
         });
}

bool is_good_datagram(std::string_view bytes) {
  return bytes.size() <= 1200 && bytes.ends_with('\n') && is_safe_to_show(bytes);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace palabre::fuzz
