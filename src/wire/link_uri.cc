#include "wire/link_uri.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <unicode/bytestream.h>
#include <unicode/idna.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

#include "base/fail.h"
#include "base/number.h"
#include "wire/clean.h"
#include "wire/invite.h"
#include "wire/names.h"

namespace palabre::wire {
namespace {

constexpr std::string_view kName = "palabre:";
constexpr std::size_t kMostHostBytes = 253;  // DNS limit of a name

Unexpected<Error> no_target(std::string_view text, std::string_view why) {
  return fail(EX_USAGE,
              "{} is not a valid address: {}; write HOST, HOST:PORT, HOST/ROOM, /ROOM, "
              "or a link, for example chat.example:5000/ops.",
              text, why);
}

bool is_letter_or_digit(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
}

/// Characters of a DNS name or an IPv4 address; `in_brackets`, of an IPv6 address with its zone
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

/// A % without two hexadecimal digits after it stands for itself: programs may or may not encode
/// the % before the zone of an IPv6 address.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_code = text[at] == '%' && at + 2 < text.size();
    const auto high = is_code ? hex_digit(text[at + 1]) : std::nullopt;
    const auto low = is_code ? hex_digit(text[at + 2]) : std::nullopt;
    if (high && low) {
      decoded += static_cast<char>(*high * 16 + *low);
      at += 2;
    } else {
      decoded += text[at];
    }
  }
  return decoded;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_last = at + 1 == text.size();
    // A full stop at the end would be taken as the end of the sentence around the link.
    if (is_letter_or_digit(c) || c == '-' || c == '_' || (c == '.' && !is_last)) {
      encoded += c;
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

char lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_any_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [](char a, char b) { return a == lower(b); });
}

bool ends_with_any_case(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         starts_with_any_case(text.substr(text.size() - suffix.size()), suffix);
}

/// Removes what mail programs, chats and people put around a link.
std::string_view without_wrapping(std::string_view text) {
  constexpr std::string_view kBefore = " \t\r\n<(\"'";
  constexpr std::string_view kAfter = " \t\r\n>)\"'.,;:!?";
  text = without_byte_order_mark(text);
  while (!text.empty() && is_one_of(text.front(), kBefore)) text.remove_prefix(1);
  while (!text.empty() && is_one_of(text.back(), kAfter)) text.remove_suffix(1);
  return text;
}

/// The DNS form of a non-ASCII name (UTS #46), as in `xn--caf-dma.example`.
std::optional<std::string> ascii_host(std::string_view host) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::IDNA> idna(
      icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_USE_STD3_RULES |
                                         UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ,
                                     error));
  if (U_FAILURE(error) != 0) return std::nullopt;
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo info;
  idna->nameToASCII_UTF8({host.data(), static_cast<std::int32_t>(host.size())}, sink, info, error);
  if (U_FAILURE(error) != 0 || info.hasErrors()) return std::nullopt;
  return ascii;
}

/// Canonical for comparison: in lower case, except the zone of an IPv6 address, which is an
/// interface name.
std::string host_of(std::string_view host) {
  const std::size_t zone = std::min(host.find('%'), host.size());
  std::string canonical(host);
  std::transform(canonical.begin(), canonical.begin() + static_cast<std::ptrdiff_t>(zone),
                 canonical.begin(), lower);
  return canonical;
}

/// A target while it is being read. `text` is shown in errors.
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
  std::string name(host);
  const bool is_ascii = std::all_of(host.begin(), host.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!is_ascii && !in_brackets) name = ascii_host(host).value_or("");
  // In a URI the % before a zone is written %25 (RFC 6874).
  const std::size_t zone = name.find("%25");
  if (in_brackets && zone != std::string::npos && zone + 3 < name.size()) name.erase(zone + 1, 2);
  if (name.empty() || name.size() > kMostHostBytes ||
      !std::all_of(name.begin(), name.end(),
                   [&](char c) { return may_be_in_host(c, in_brackets); })) {
    return no_target(text, "it names no host");
  }
  target.server.host = host_of(name);
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
  if (!name) return no_target(text, "the room name is not valid");
  target.room = *std::move(name);
  return {};
}

Result<void> Reading::take_fragment(std::string_view fragment) {
  for (;;) {
    const std::string_view item = fragment.substr(0, fragment.find_first_of(",;&"));
    const std::size_t equals = std::min(item.find('='), item.size());
    TRY(take_item(item.substr(0, equals), item.substr(std::min(equals + 1, item.size()))));
    if (item.size() == fragment.size()) return {};
    fragment.remove_prefix(item.size() + 1);
  }
}

Result<void> Reading::take_item(std::string_view name, std::string_view value) {
  if (name == "pin" && !target.pin) {
    if ((target.pin = parse_pin(value))) return {};
  } else if (name == "invite" && !target.invite) {
    if (wire::parse_invite_token(value)) {
      target.invite = std::string(value);
      return {};
    }
  } else if (name != "pin" && name != "invite") {
    // An unknown item is not ignored: it could be a damaged pin.
    return fail(
        EX_USAGE,
        "In the link, what follows the # is damaged, or meant for a newer palabre; copy the "
        "link again, all of it, or ask for another.");
  }
  return fail(EX_USAGE,
              "The {} in the link is damaged; copy the link again, all of it, "
              "or ask for another.",
              name);
}

/// Whether a # begins a fragment. The # before a room's name, as in `/#ops`, does not.
bool has_fragment(std::string_view text) {
  const std::size_t hash = text.find('#');
  return hash != std::string_view::npos && hash > 0 && text[hash - 1] != '/';
}

bool looks_like_link(std::string_view text) {
  if (!starts_with_any_case(text, kName)) return has_fragment(text);
  text.remove_prefix(kName.size());
  return text.empty() || text.front() < '0' || '9' < text.front();  // else a host named palabre
}

Result<Target> parse_link(std::string_view link) {
  std::string_view place = link;
  const bool has_scheme = starts_with_any_case(link, kScheme);
  if (has_scheme) place.remove_prefix(kScheme.size());
  // Nothing after the server is shown: the fragment is a secret, and a damaged link may have lost
  // the # before it.
  const auto after_server = std::find_if_not(place.begin(), place.end(), [](char c) {
    return may_be_in_host(c, true) || c == '[' || c == ']';
  });
  const std::string shown =
      fmt::format("{}{}/...", kScheme, std::string_view(place.begin(), after_server));
  if (!has_scheme && starts_with_any_case(link, kName)) {
    return no_target("palabre:...", "a link begins with palabre://");
  }
  Reading reading{shown, {}};
  const std::size_t hash = place.find('#');
  const std::string_view path = place.substr(0, hash);
  const std::size_t slash = std::min(path.find('/'), path.size());
  TRY(reading.take_server(path.substr(0, slash)));
  TRY(reading.take_room(path.substr(std::min(slash + 1, path.size()))));
  if (hash != std::string_view::npos) {
    TRY(reading.take_fragment(place.substr(hash + 1)));
  }
  return std::move(reading.target);
}

}  // namespace

std::string to_text(const ServerName& server) {
  const bool is_v6 = server.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", server.host, server.port)
               : fmt::format("{}:{}", server.host, server.port);
}

bool is_link(std::string_view text) {
  text = without_wrapping(text);
  return looks_like_link(text) || looks_like_link(percent_decoded(text));
}

Result<Target> parse_target(std::string_view text, const ServerName& usual) {
  if (is_link(text)) return parse_link(percent_decoded(without_wrapping(text)));
  const std::string shown = without_secrets(text);
  Reading reading{shown, {.server = usual}};
  const std::size_t slash = std::min(text.find('/'), text.size());
  if (slash > 0) {
    reading.target.server.port = ServerName{}.port;
    TRY(reading.take_server(text.substr(0, slash)));
  }
  TRY(reading.take_room(text.substr(std::min(slash + 1, text.size()))));
  return std::move(reading.target);
}

Result<ServerName> parse_server(std::string_view text, std::uint16_t usual_port) {
  const std::string shown = without_secrets(text);
  Reading reading{shown, {.server = {{}, usual_port}}};
  TRY(reading.take_server(text));
  return std::move(reading.target.server);
}

std::string without_secrets(std::string_view text) {
  constexpr std::size_t kLeastSecret = 16;  // the name or the sign before a secret may be damaged
  std::string safe;
  while (!text.empty()) {
    const bool is_code = text.front() == '%' && text.size() >= 3;
    const std::string sign =
        is_code ? percent_decoded(text.substr(0, 3)) : std::string(1, text.front());
    const std::size_t sign_bytes = is_code ? 3 : 1;
    if (sign.size() == 1 && is_one_of(sign.front(), "=#,;&")) {
      const std::string_view value =
          text.substr(sign_bytes, text.find_first_of(" \t\r\n", sign_bytes) - sign_bytes);
      const std::size_t word = static_cast<std::size_t>(
          std::find_if_not(value.begin(), value.end(),
                           [](char c) { return is_letter_or_digit(c) || is_one_of(c, "-_%"); }) -
          value.begin());
      const bool is_invite = sign == "=" && ends_with_any_case(safe, "invite");
      if (word >= kLeastSecret || is_invite) {
        safe += sign + "...";
        text.remove_prefix(sign_bytes + (sign == "=" ? value.size() : word));
        continue;
      }
    }
    safe += text.front();
    text.remove_prefix(1);
  }
  return safe;
}

std::string to_link(const Target& target) {
  std::string link =
      fmt::format("{}{}/{}", kScheme, to_text(target.server), percent_encoded(target.room.text));
  char mark = '#';
  const auto add = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(link), "{}{}={}", std::exchange(mark, ','), name, value);
  };
  if (target.pin) add("pin", to_text(*target.pin));
  if (target.invite) add("invite", *target.invite);
  return link;
}

}  // namespace palabre::wire
