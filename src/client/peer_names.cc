#include "client/peer_names.h"

#include <algorithm>
#include <cstddef>

#include "wire/names.h"

namespace palabre::client {
namespace {

constexpr std::size_t kMostAddressBytes = 80;  // IPv6 with brackets, a zone and a port

/// The characters of an address, its zone, its brackets and its port.
bool may_be_in_address(char c) {
  return ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '.' ||
         c == ':' || c == '%' || c == '-' || c == '_' || c == '[' || c == ']';
}

bool is_address(std::string_view text) {
  return text.size() > 2 && text.size() <= kMostAddressBytes && text.starts_with('[') &&
         text.ends_with(']') && std::all_of(text.begin(), text.end(), may_be_in_address);
}

}  // namespace

std::optional<std::string> nick_of(std::string_view text) { return wire::parse_shown_nick(text); }

std::optional<std::string> author_of(std::string_view text) {
  if (is_address(text)) return std::string(text);
  if (!text.ends_with('*')) return nick_of(text);
  text.remove_suffix(1);
  auto nick = nick_of(text);
  if (nick) *nick += '*';
  return nick;
}

std::optional<chat::RoomName> room_of(std::string_view text) {
  if (!text.starts_with('@')) return wire::parse_room_name(text);
  text.remove_prefix(1);
  const auto nick = nick_of(text);
  return nick ? std::optional(chat::RoomName{"@" + *nick}) : std::nullopt;
}

}  // namespace palabre::client
