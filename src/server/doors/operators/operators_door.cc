#include "server/doors/operators/operators_door.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "wire/link_uri.h"
#include "wire/names.h"

namespace palabre::server {
namespace {

using What = ControlRequest::What;
using Listed = chat::Hub::Listed;

/// Reads an address with its port, as `Address::label` shows it, and as people write it.
std::optional<Address> parse_label(std::string_view text) {
  const bool framed = text.starts_with('[') && text.ends_with(']');
  if (framed) text = text.substr(1, text.size() - 2);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view ip = text.substr(0, colon);
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);  // [::1]:5000
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || stop != end) return std::nullopt;
  const auto address = Address::parse(std::string(ip), port);
  return address ? std::optional(*address) : std::nullopt;
}

guard::Ip ip_of(const Address& address) {
  guard::Ip ip{};
  std::memcpy(ip.data(), &address.raw().sin6_addr, ip.size());
  return ip;
}

std::string shown(const guard::Ip& ip) {
  sockaddr_in6 raw{.sin6_family = AF_INET6,
                   .sin6_port = 0,
                   .sin6_flowinfo = 0,
                   .sin6_addr = {},
                   .sin6_scope_id = 0};
  std::memcpy(&raw.sin6_addr, ip.data(), ip.size());
  return Address(raw).ip();
}

std::string shown(const Listed& guest) {
  return guest.shown == guest.address ? guest.address
                                      : fmt::format("{} at {}", guest.shown, guest.address);
}

ControlAnswer refused(const Error& error) { return {error.exit_code, error.sentence}; }

Unexpected<Error> not_there(std::string sentence) {
  return Unexpected<Error>(Error{EX_NOUSER, std::move(sentence)});
}

Result<chat::RoomName> parse_room(const std::string& name) {
  if (auto room = wire::parse_room_name(name)) return *std::move(room);
  return Unexpected<Error>(
      Error{EX_USAGE, fmt::format("{} can be no room's name; palabre stats lists them.", name)});
}

/// Columns as wide as what is in them; characters are counted, which is right but for wide scripts,
/// and those fmt knows.
std::string table(const std::vector<std::array<std::string, 4>>& rows) {
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto characters = std::count_if(row.at(i).begin(), row.at(i).end(),
                                            [](char c) { return (c & 0xC0) != 0x80; });
      widths.at(i) = std::max(widths.at(i), static_cast<std::size_t>(characters));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    fmt::format_to(std::back_inserter(text), "{:{}}  {:>{}}  {:{}}  {}\n", row[0], widths[0],
                   row[1], widths[1], row[2], widths[2], row[3]);
  }
  return text;
}

/// Its name is its two members' keys, and nothing to an operator.
bool is_for_two(const chat::RoomName& room) { return room.text.starts_with('@'); }

/// `lobby, ops, 1 for two`
std::string shown(const std::vector<chat::RoomName>& rooms) {
  std::vector<std::string_view> names;
  for (const chat::RoomName& room : rooms) {
    if (!is_for_two(room)) names.push_back(room.text);
  }
  const std::string for_two = fmt::format("{} for two", rooms.size() - names.size());
  if (names.size() < rooms.size()) names.push_back(for_two);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

void Control::answer(const ControlRequest& request, std::string_view counts, Instant now,
                     Done done) {
  if (request.what == What::kInvite) return invite(request, now, std::move(done));
  const auto text = carry_out(request, counts, now);
  done(text ? ControlAnswer{EX_OK, *text} : refused(text.error()));
}

Result<std::string> Control::carry_out(const ControlRequest& request, std::string_view counts,
                                       Instant now) {
  gate_.forget_what_is_over(now);
  switch (request.what) {
    case What::kWho:
      return who(request, now);
    case What::kKick:
      return kick(request, now);
    case What::kMute:
      return mute(request, now);
    case What::kBan:
      return ban(request, now);
    case What::kUnban:
      return unban(request);
    case What::kFreeze:
    case What::kThaw:
      return freeze(request, now);
    case What::kInvite:  // is not answered at once
      break;
    case What::kStats:
      return stats(counts, now);
  }
  return {};
}

std::vector<Listed> Control::list(Instant now) const {
  std::vector<Listed> listed = hub_.list(now);
  for (Listed& one : listed) {
    if (const auto peer = server_.peer_of(one.session)) one.address = peer->label();
  }
  return listed;
}

Control::Target Control::find(const std::string& target, Instant now) const {
  const auto guests = list(now);
  const auto find_if = [&](const auto& is_meant) {
    const auto found = std::find_if(guests.begin(), guests.end(), is_meant);
    return found == guests.end() ? std::nullopt : std::optional(*found);
  };
  Target meant;
  meant.address = parse_label(target);
  if (meant.address) {
    meant.guest = find_if(
        [label = meant.address->label()](const Listed& one) { return one.address == label; });
    if (meant.guest) return meant;
  }
  if (const auto bare = Address::parse(target, 0)) {
    meant.address = *bare;
    meant.without_port = true;
  }
  if (meant.address) return meant;

  const std::string_view name(target);
  const auto nick = wire::parse_nick(name.substr(0, name.size() - (name.ends_with('*') ? 1 : 0)));
  const auto holder = nick ? hub_.holder_of(*nick) : std::nullopt;
  if (!holder) return meant;
  meant.guest = find_if([&](const Listed& one) { return one.session == *holder; });
  if (meant.guest) meant.address = parse_label(meant.guest->address);
  return meant;
}

Result<Listed> Control::find_guest(const std::string& target, std::string_view verb,
                                   Instant now) const {
  Target meant = find(target, now);
  if (meant.guest) return *std::move(meant.guest);
  if (meant.without_port) {
    return Unexpected<Error>(Error{
        EX_USAGE,
        fmt::format("{} is an address without its port, where several guests may be; palabre {} "
                    "takes [ADDRESS:PORT], as palabre who shows it.",
                    target, verb)});
  }
  return not_there(fmt::format("There is no guest {} online; palabre who lists them.", target));
}

Result<std::string> Control::who(const ControlRequest& request, Instant now) const {
  std::vector<Listed> guests = list(now);
  std::string where = "online";
  if (!request.target.empty()) {
    const auto room = parse_room(request.target);
    if (!room) return Unexpected<Error>(room.error());
    std::erase_if(guests, [&](const Listed& one) {
      return std::find(one.rooms.begin(), one.rooms.end(), *room) == one.rooms.end();
    });
    if (guests.empty()) return not_there(fmt::format("Nobody is in {}.", room->text));
    where = "in " + room->text;
  }
  std::string text;
  if (!guests.empty()) {
    std::vector<std::array<std::string, 4>> rows{{"address", "silent", "rooms", "shown as"}};
    rows.reserve(guests.size() + 1);
    for (Listed& one : guests) {
      rows.push_back(
          {std::move(one.address), show_time(one.silent), shown(one.rooms), std::move(one.shown)});
    }
    text = table(rows);
  }
  return text +
         fmt::format("{} {} {}", guests.size(), guests.size() == 1 ? "guest" : "guests", where);
}

Result<std::string> Control::kick(const ControlRequest& request, Instant now) {
  const auto guest = find_guest(request.target, "kick", now);
  if (!guest) return Unexpected<Error>(guest.error());
  server_.handle(chat::Kick{guest->session}, now);
  return fmt::format("{} was shown the door, and may come back; palabre ban keeps out.",
                     shown(*guest));
}

Result<std::string> Control::mute(const ControlRequest& request, Instant now) {
  const auto guest = find_guest(request.target, "mute", now);
  if (!guest) return Unexpected<Error>(guest.error());
  if (MemberTransport::owns(guest->session)) {
    server_.handle(chat::Mute{guest->session, now + request.time}, now);
  } else {
    gate_.mute(guest->session.value, now + request.time);
  }
  return fmt::format("{} is muted for {}: it reads, and nobody hears it.", shown(*guest),
                     show_time(request.time));
}

Result<std::string> Control::ban(const ControlRequest& request, Instant now) {
  Target meant = find(request.target, now);
  // What is an address as it stands has no port: 2001:db8::1:5000 is not port 5000 of another.
  if (const auto bare = Address::parse(request.target, 0)) meant.address = *bare;
  if (!meant.address) {
    return not_there(fmt::format(
        "There is no guest {} online, and it is no IP address; palabre who lists the guests.",
        request.target));
  }
  const guard::Ip ip = ip_of(*meant.address);
  gate_.ban(ip, now + request.time);
  std::string text = fmt::format("{} is banned for {}.", shown(ip), show_time(request.time));
  for (const Listed& guest : list(now)) {
    const auto address = parse_label(guest.address);
    if (!address || ip_of(*address) != ip) continue;
    server_.handle(chat::Kick{guest.session}, now);
    text += fmt::format("\n{} was shown the door.", shown(guest));
  }
  return text;
}

Result<std::string> Control::unban(const ControlRequest& request) {
  auto address = Address::parse(request.target, 0);
  if (!address) return Unexpected<Error>(address.error());
  const guard::Ip ip = ip_of(*address);
  if (!gate_.unban(ip)) {
    return not_there(
        fmt::format("{} is not banned; palabre stats lists those who are.", shown(ip)));
  }
  return fmt::format("{} is banned no more.", shown(ip));
}

Result<std::string> Control::freeze(const ControlRequest& request, Instant now) {
  const auto room = parse_room(request.target);
  if (!room) return Unexpected<Error>(room.error());
  const auto rooms = hub_.list_rooms();
  const bool is_open =
      std::any_of(rooms.begin(), rooms.end(), [&](const auto& one) { return one.name == *room; });
  if (!is_open) {
    return not_there(
        fmt::format("Nobody is in {}: it is not open; palabre stats lists the rooms.", room->text));
  }
  const bool frozen = request.what == What::kFreeze;
  server_.handle(chat::Freeze{*room, frozen}, now);
  if (!frozen) return fmt::format("{} is open to writing again.", room->text);
  return fmt::format(
      "{0} is for reading only, until palabre freeze {0} --off or until its last guest has left "
      "it.",
      room->text);
}

void Control::invite(const ControlRequest& request, Instant now, Done done) {
  auto invited = draw_invite(request);
  if (!invited) return done(refused(invited.error()));
  invited->done = std::move(done);
  server_.handle(chat::MakeInvite{invited->record}, now);
  invited_.push_back(*std::move(invited));
  hear_history();  // which has answered already where nothing is kept
}

void Control::hear_history() {
  using Standing = chat::Registry::Standing;
  for (auto invited = invited_.begin(); invited != invited_.end();) {
    const Standing standing = hub_.standing_of(invited->record.hash);
    if (standing == Standing::kPending) {
      ++invited;
      continue;
    }
    invited->done(
        standing == Standing::kKept
            ? ControlAnswer{EX_OK, invited->text}
            : ControlAnswer{EX_CANTCREAT,
                            "The invite was not kept: the disk is full or fails, or there "
                            "are too many invites. The server's log says more; make room "
                            "and ask again."});
    invited = invited_.erase(invited);
  }
}

Result<Control::Invited> Control::draw_invite(const ControlRequest& request) const {
  const auto room = parse_room(request.target);
  if (!room) return Unexpected<Error>(room.error());
  if (!inviting_.pin) {
    return Unexpected<Error>(Error{
        EX_UNAVAILABLE,
        "Invites are for members, whom this server does not admit; see admitted in [members]."});
  }
  if (!server_.knows_members()) {
    return Unexpected<Error>(Error{
        EX_TEMPFAIL, "The server is still reading who its members are; try again in a moment."});
  }
  wire::Target target{.server = {inviting_.host, inviting_.port}, .room = *room};
  if (!request.host.empty()) {
    const auto named = wire::parse_server(request.host, inviting_.port);
    if (!named) return Unexpected<Error>(named.error());
    target.server = *named;
  }
  const wire::InviteToken token = inviting_.draw();
  chat::Expiry expiry;
  if (request.time.count() > 0) {
    expiry = {inviting_.wall().microseconds / 1'000'000 + request.time.count()};
  }
  target.pin = inviting_.pin;
  target.invite = to_text(token);
  std::string text =
      fmt::format("{}\nWhoever has this link may enter {}: {} {}, {}.", wire::to_link(target),
                  room->text, request.uses, request.uses == 1 ? "member" : "members",
                  expiry.seconds == 0 ? "at any time" : "within " + show_time(request.time));
  if (!inviting_.access.by_invitation.contains(*room)) {
    text +=
        fmt::format(" But {} is open to everybody: invitation-rooms does not name it.", room->text);
  }
  return Invited{{wire::hash_of(token), *room, expiry, request.uses}, std::move(text), {}};
}

std::string Control::stats(std::string_view counts, Instant now) const {
  std::string text =
      fmt::format("{}\nguests online: {}\nrooms: {}", counts, hub_.online(), hub_.rooms());
  for (const auto& room : hub_.list_rooms()) {
    if (is_for_two(room.name)) continue;
    text += fmt::format("\n{:>14}  {}{}", room.guests, room.name.text,
                        room.frozen ? ", for reading only" : "");
  }
  if (!gate_.bans().empty()) text += "\nbanned:";
  for (const auto& [ip, until] : gate_.bans()) {
    text += fmt::format("\n{:>14}  {}", show_time(until - now), shown(ip));
  }
  return text;
}

}  // namespace palabre::server
