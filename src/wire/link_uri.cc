#include "wire/link_uri.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/fail.h"
#include "base/number.h"
#include "wire/clean.h"
#include "wire/invite.h"
#include "wire/names.h"

namespace palabre::wire {
namespace {

constexpr std::size_t kMostHostBytes = 253;  // of a name in the DNS

Unexpected<Error> no_target(std::string_view text, std::string_view why) {
  return fail(EX_USAGE,
              "{} leads nowhere: {}; write HOST, HOST:PORT, HOST/ROOM, /ROOM, "
              "or a link, for example chat.example:5000/ops.",
              text, why);
}

bool is_letter_or_digit(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
}

/// Of a name in the DNS or an IPv4 address; inside brackets, of an IPv6 address, with its zone
/// (`fe80::1%eth0`).
bool may_be_in_host(char c, bool in_brackets) {
  return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' ||
         (in_brackets && (c == ':' || c == '%'));
}

std::optional<int> hex_digit(char c) {
  if ('0' <= c && c <= '9') return c - '0';
  if ('a' <= c && c <= 'f') return c - 'a' + 10;
  if ('A' <= c && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const auto high = at + 2 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_digit(text[at + 2]) : std::nullopt;
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return decoded;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_') {
      encoded += c;
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

/// A target on its way: `text` is what is shown of it in an error.
struct Reading {
  std::string_view text;
  Target target;

  Result<void> take_server(std::string_view place);
  Result<void> take_port(std::string_view port);
  Result<void> take_room(std::string_view room);
  Result<void> take_fragment(std::string_view fragment);
  Result<void> take_item(std::string_view name, std::string_view value);
};

Result<void> Reading::take_server(std::string_view place) {
  const bool in_brackets = place.starts_with('[');
  std::string_view host;
  if (in_brackets) {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) return no_target(text, "the bracket is not closed");
    host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
  } else {
    host = place.substr(0, place.find(':'));
    place.remove_prefix(host.size());
    if (place.find(':', 1) != std::string_view::npos) {
      return no_target(text, "an IPv6 address goes in brackets, as in [::1]:5000");
    }
  }
  if (host.empty() || host.size() > kMostHostBytes ||
      !std::all_of(host.begin(), host.end(),
                   [&](char c) { return may_be_in_host(c, in_brackets); })) {
    return no_target(text, "it names no host");
  }
  target.server.host = host;
  std::transform(host.begin(), host.end(), target.server.host.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (place.empty()) return {};
  if (!place.starts_with(':')) return no_target(text, "after the bracket comes :PORT or /ROOM");
  return take_port(place.substr(1));
}

Result<void> Reading::take_port(std::string_view port) {
  const auto number = parse_number<std::uint16_t>(port);
  if (!number || *number == 0) {
    return no_target(text, "a port is a number from 1 to 65535");
  }
  target.server.port = *number;
  return {};
}

Result<void> Reading::take_room(std::string_view room) {
  if (room.empty()) return {};
  auto name = wire::parse_room_name(wire::clean(room).text);
  if (!name) return no_target(text, "that can be no room's name");
  target.room = *std::move(name);
  return {};
}

Result<void> Reading::take_fragment(std::string_view fragment) {
  while (!fragment.empty()) {
    const std::string_view item = fragment.substr(0, fragment.find('&'));
    fragment.remove_prefix(std::min(item.size() + 1, fragment.size()));
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view value = item.substr(std::min(equals + 1, item.size()));
    TRY(take_item(item.substr(0, equals), value));
  }
  return {};
}

Result<void> Reading::take_item(std::string_view name, std::string_view value) {
  const bool is_again = (name == "pin" && target.pin) || (name == "invite" && target.invite);
  if (name == "pin") target.pin = parse_pin(value);
  if (name == "invite" && wire::parse_invite_token(value)) target.invite = std::string(value);
  const bool is_damaged =
      (name == "pin" && !target.pin) || (name == "invite" && target.invite != value);
  if (!is_again && !is_damaged) return {};
  return fail(EX_USAGE,
              "The {} in the link is damaged; copy the link again, all of it, "
              "or ask for another.",
              name);
}

Result<Target> parse_link(std::string_view text) {
  // Its fragment is a secret, and is not shown again.
  const std::string_view shown = text.substr(0, text.find('#'));
  Reading reading{shown, {}};
  std::string_view place = shown;
  place.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(place.find('/'), place.size());
  TRY(reading.take_server(place.substr(0, slash)));
  const auto room = percent_decoded(place.substr(std::min(slash + 1, place.size())));
  if (!room) return no_target(shown, "a % in a link comes before two hexadecimal digits");
  auto taken = reading.take_room(*room);
  if (taken && shown.size() < text.size()) {
    taken = reading.take_fragment(text.substr(shown.size() + 1));
  }
  if (!taken) return fail(std::move(taken.error()));
  return std::move(reading.target);
}

}  // namespace

std::string to_text(const ServerName& server) {
  const bool is_v6 = server.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", server.host, server.port)
               : fmt::format("{}:{}", server.host, server.port);
}

Result<Target> parse_target(std::string_view text, const ServerName& usual) {
  if (text.starts_with(kScheme)) return parse_link(text);
  Reading reading{text, {.server = usual}};
  const std::size_t slash = std::min(text.find('/'), text.size());
  if (slash > 0) {
    reading.target.server.port = ServerName{}.port;
    TRY(reading.take_server(text.substr(0, slash)));
  }
  TRY(reading.take_room(text.substr(std::min(slash + 1, text.size()))));
  return std::move(reading.target);
}

Result<ServerName> parse_server(std::string_view text, std::uint16_t usual_port) {
  Reading reading{text, {.server = {{}, usual_port}}};
  TRY(reading.take_server(text));
  return std::move(reading.target.server);
}

std::string to_link(const Target& target) {
  std::string link =
      fmt::format("{}{}/{}", kScheme, to_text(target.server), percent_encoded(target.room.text));
  char mark = '#';
  const auto add = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(link), "{}{}={}", std::exchange(mark, '&'), name, value);
  };
  if (target.pin) add("pin", to_text(*target.pin));
  if (target.invite) add("invite", *target.invite);
  return link;
}

}  // namespace palabre::wire
