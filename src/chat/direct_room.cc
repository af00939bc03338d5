#include "chat/direct_room.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace palabre::chat {
namespace {

std::optional<std::uint8_t> digit_of(char c) {
  if ('0' <= c && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if ('a' <= c && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

/// Parses the output of `to_hex`.
std::optional<MemberKey> read_hex(std::string_view text) {
  MemberKey key;
  if (text.size() != 2 * key.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    const auto high = digit_of(text[2 * i]);
    const auto low = digit_of(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    key.bytes[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return key;
}

}  // namespace

std::string to_hex(const MemberKey& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : key.bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0x0FU];
  }
  return text;
}

RoomName direct_room(const MemberKey& a, const MemberKey& b) {
  return {"@" + to_hex(std::min(a, b)) + "," + to_hex(std::max(a, b))};
}

std::optional<std::pair<MemberKey, MemberKey>> members_of(const RoomName& name) {
  const std::string_view text = name.text;
  const std::size_t comma = text.find(',');
  if (!text.starts_with('@') || comma == std::string_view::npos) return std::nullopt;
  const auto a = read_hex(text.substr(1, comma - 1));
  const auto b = read_hex(text.substr(comma + 1));
  if (!a || !b) return std::nullopt;
  return std::pair(*a, *b);
}
bool is_direct_room(const RoomName& name) { return members_of(name).has_value(); }

std::optional<MemberKey> other_in(const RoomName& name, const MemberKey& member) {
  const auto members = members_of(name);
  if (!members) return std::nullopt;
  const auto& [a, b] = *members;
  if (a != member && b != member) return std::nullopt;
  return a == member ? b : a;
}

}  // namespace palabre::chat
