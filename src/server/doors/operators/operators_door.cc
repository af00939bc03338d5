#include "server/doors/operators/operators_door.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>
#include <variant>

#include "base/fail.h"
#include "base/number.h"
#include "server/doors/operators/listing.h"
#include "wire/link_uri.h"
#include "wire/names.h"

namespace palabre::server {
namespace {

using What = ControlRequest::What;
using Guest = chat::Online::Session;

/// Reads an address with its port, as `Address::label` shows it or as people write it.
std::optional<Address> parse_label(std::string_view text) {
  const bool framed = text.starts_with('[') && text.ends_with(']');
  if (framed) text = text.substr(1, text.size() - 2);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view ip = text.substr(0, colon);
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);  // [::1]:5000
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  const auto address = Address::parse(std::string(ip), *port);
  return address ? std::optional(*address) : std::nullopt;
}

std::string shown(const Guest& guest) {
  return guest.shown == guest.address ? guest.address
                                      : fmt::format("{} at {}", guest.shown, guest.address);
}

ControlAnswer refused(const Error& error) { return {error.exit_code, error.sentence}; }

Result<chat::RoomName> parse_room(const std::string& name) {
  if (auto room = wire::parse_room_name(name)) return *std::move(room);
  return fail(EX_USAGE, "{} is not a valid room name; palabre stats lists the rooms.", name);
}

/// The name of such a room is its two members' keys, which means nothing to an operator.
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

/// The nickname that the target may be, with or without a guest's star.
std::optional<chat::Nick> parse_holder(std::string_view target) {
  return wire::parse_nick(target.substr(0, target.size() - (target.ends_with('*') ? 1 : 0)));
}

}  // namespace

void OperatorsDoor::ask(const ControlRequest& request, std::string counts, Instant now, Done done) {
  gate_.forget_what_is_over(now);
  Pending pending{request, std::move(counts), now, std::move(done), {}};
  if (request.what == What::kUnban) {
    const auto text = unban(request);
    return pending.done(text ? ControlAnswer{EX_OK, *text} : refused(text.error()));
  }
  begin(std::move(pending));
}

/// Sends the first request to the hub.
void OperatorsDoor::begin(Pending pending) {
  Result<chat::OperatorRequest> first = chat::ListOnline{};
  switch (pending.request.what) {
    case What::kStats:
      first = chat::ListRooms{};
      break;
    case What::kFreeze:
    case What::kThaw:
      first = freeze(pending);
      break;
    case What::kInvite:
      first = invite(pending);
      break;
    case What::kRevoke:
      first = revoke(pending);
      break;
    default:
      first = chat::ListOnline{parse_holder(pending.request.target)};
  }
  if (!first) return pending.done(refused(first.error()));
  const chat::Tag tag{++last_tag_.value};
  pending_.emplace(tag, std::move(pending));
  send(tag, *std::move(first));
}

void OperatorsDoor::send(chat::Tag tag, chat::OperatorRequest request) {
  commands_.emplace_back(chat::FromOperator{{0, index()}, tag, std::move(request)});
}

std::optional<chat::Command> OperatorsDoor::next_command(Instant /*now*/) {
  if (commands_.empty()) return std::nullopt;
  chat::Command next = std::move(commands_.front());
  commands_.pop_front();
  return next;
}

void OperatorsDoor::carry_out(const chat::Effect& effect) {
  std::visit([this](const auto& one) { on(one); }, effect);
}

void OperatorsDoor::on(const chat::TellOperator& tell) {
  const auto pending = pending_.find(tell.tag);
  if (pending == pending_.end()) return;
  const auto text = std::visit(
      [&](const auto& one) { return answer_to(pending->second, tell.tag, one); }, tell.answer);
  if (!text) return;
  const Done done = std::move(pending->second.done);
  pending_.erase(pending);
  done(*text ? ControlAnswer{EX_OK, **text} : refused(text->error()));
}

OperatorsDoor::Answer OperatorsDoor::answer_to(Pending& pending, chat::Tag tag,
                                               const chat::Online& online) {
  switch (pending.request.what) {
    case What::kKick:
      return kick(pending, tag, online);
    case What::kMute:
      return mute(pending, tag, online);
    case What::kBan:
      return ban(pending, online);
    default:
      return who(pending.request, online);
  }
}

OperatorsDoor::Answer OperatorsDoor::answer_to(Pending& pending, chat::Tag /*tag*/,
                                               const chat::Rooms& rooms) {
  return stats(pending, rooms);
}

OperatorsDoor::Answer OperatorsDoor::answer_to(Pending& pending, chat::Tag /*tag*/,
                                               const chat::Done& /*done*/) {
  return std::move(pending.text);
}

OperatorsDoor::Answer OperatorsDoor::answer_to(Pending& pending, chat::Tag /*tag*/,
                                               const chat::Refused& refused) {
  if (std::holds_alternative<chat::StillStarting>(refused.refusal)) {
    return fail(EX_TEMPFAIL,
                "The server is still reading its list of members; try again in a moment.");
  }
  if (std::holds_alternative<chat::NoSuchInvite>(refused.refusal)) {
    return fail(EX_NOUSER,
                "There is no invite {}; palabre invite and the server's log show the id of each.",
                pending.request.target);
  }
  const auto* const not_recorded = std::get_if<chat::NotRecorded>(&refused.refusal);
  const bool is_full =
      not_recorded != nullptr && not_recorded->trouble == chat::Trouble::kRegistryFull;
  if (pending.request.what == What::kInvite) {
    return is_full ? fail(EX_CANTCREAT,
                          "The invite was not kept: the server's limit of invites is reached, "
                          "expired and used-up ones included.")
                   : fail(EX_CANTCREAT,
                          "The invite was not kept: the disk is full or fails. The server's log "
                          "says more; make room and ask again.");
  }
  if (is_full) {
    return fail(EX_CANTCREAT,
                "It was not kept, and nothing has changed: the limit of frozen rooms is reached; "
                "palabre freeze ROOM --off ends one.");
  }
  return fail(EX_CANTCREAT,
              "It was not kept, and nothing has changed: the disk is full or fails. The server's "
              "log says more; make room and ask again.");
}

OperatorsDoor::Target OperatorsDoor::find(const std::string& target, const chat::Online& online) {
  const auto find_if = [&](const auto& is_meant) {
    const auto found = std::find_if(online.sessions.begin(), online.sessions.end(), is_meant);
    return found == online.sessions.end() ? std::nullopt : std::optional(*found);
  };
  Target meant;
  meant.address = parse_label(target);
  if (meant.address) {
    meant.guest = find_if(
        [label = meant.address->label()](const Guest& one) { return one.address == label; });
    if (meant.guest) return meant;
  }
  if (const auto bare = Address::parse(target, 0)) {
    meant.address = *bare;
    meant.without_port = true;
  }
  if (meant.address || !online.holder) return meant;
  meant.guest = find_if([&](const Guest& one) { return one.session == *online.holder; });
  if (meant.guest) meant.address = parse_label(meant.guest->address);
  return meant;
}

Result<OperatorsDoor::Guest> OperatorsDoor::find_guest(const std::string& target,
                                                       std::string_view verb,
                                                       const chat::Online& online) {
  Target meant = find(target, online);
  if (meant.guest) return *std::move(meant.guest);
  if (meant.without_port) {
    return fail(EX_USAGE,
                "{} is an address without its port, where several guests may be; palabre {} takes "
                "[ADDRESS:PORT], as palabre who shows it.",
                target, verb);
  }
  return fail(EX_NOUSER, "There is no guest or member {} online; palabre who lists them.", target);
}

Result<std::string> OperatorsDoor::who(const ControlRequest& request,
                                       const chat::Online& online) const {
  std::vector<Guest> guests = online.sessions;
  std::string where = "online";
  if (!request.target.empty()) {
    TRY(const auto room, parse_room(request.target));
    std::erase_if(guests, [&](const Guest& one) {
      return std::find(one.rooms.begin(), one.rooms.end(), room) == one.rooms.end();
    });
    if (guests.empty()) return fail(EX_NOUSER, "Nobody is in {}.", room.text);
    where = "in " + room.text;
  }
  const auto count = static_cast<std::size_t>(
      std::count_if(guests.begin(), guests.end(), [](const Guest& one) { return one.is_guest; }));
  std::string text;
  if (!guests.empty()) {
    std::vector<std::array<std::string, 4>> rows{{"address", "silent", "rooms", "shown as"}};
    rows.reserve(guests.size() + 1);
    for (Guest& one : guests) {
      rows.push_back(
          {std::move(one.address), show_time(one.silent), shown(one.rooms), std::move(one.shown)});
    }
    text = table(rows);
  }
  return text + fmt::format("{} {}", counted(count, guests.size() - count), where);
}

OperatorsDoor::Answer OperatorsDoor::kick(Pending& pending, chat::Tag tag,
                                          const chat::Online& online) {
  TRY(const Guest guest, find_guest(pending.request.target, "kick", online));
  pending.text = fmt::format("{} was kicked and may come back; palabre ban keeps an address out.",
                             shown(guest));
  send(tag, chat::Kick{guest.session});
  return std::nullopt;
}

OperatorsDoor::Answer OperatorsDoor::mute(Pending& pending, chat::Tag tag,
                                          const chat::Online& online) {
  TRY(const Guest guest, find_guest(pending.request.target, "mute", online));
  pending.text = fmt::format("{} is muted for {}: it reads, and nobody hears it.", shown(guest),
                             show_time(pending.request.time));
  send(tag, chat::Mute{guest.session, pending.now + pending.request.time});
  return std::nullopt;
}

Result<std::string> OperatorsDoor::ban(const Pending& pending, const chat::Online& online) {
  const ControlRequest& request = pending.request;
  Target meant = find(request.target, online);
  // A complete IP address has no port: 2001:db8::1:5000 is not port 5000 of another address.
  if (const auto bare = Address::parse(request.target, 0)) meant.address = *bare;
  if (!meant.address) {
    return fail(
        EX_NOUSER,
        "There is no guest or member {} online, and it is no IP address; palabre who lists them.",
        request.target);
  }
  const Ip ip = meant.address->ip_bytes();
  gate_.ban(ip, pending.now + request.time);
  std::string text = fmt::format("{} is banned for {}.", to_text(ip), show_time(request.time));
  for (const Guest& guest : online.sessions) {
    const auto address = parse_label(guest.address);
    if (!address || address->ip_bytes() != ip) continue;
    send({}, chat::Kick{guest.session});  // nobody waits for this answer
    text += fmt::format("\n{} was kicked.", shown(guest));
  }
  return text;
}

Result<std::string> OperatorsDoor::unban(const ControlRequest& request) {
  TRY(const Address address, Address::parse(request.target, 0));
  const Ip ip = address.ip_bytes();
  if (!gate_.unban(ip)) {
    return fail(EX_NOUSER, "{} is not banned; palabre stats lists those who are.", to_text(ip));
  }
  return fmt::format("{} is no longer banned.", to_text(ip));
}

Result<chat::OperatorRequest> OperatorsDoor::freeze(Pending& pending) const {
  TRY(const auto room, parse_room(pending.request.target));
  const bool frozen = pending.request.what == What::kFreeze;
  pending.text =
      frozen ? fmt::format("{0} is for reading only, until palabre freeze {0} --off.", room.text)
             : fmt::format("{} is open to writing again.", room.text);
  return chat::Freeze{room, frozen};
}

Result<chat::OperatorRequest> OperatorsDoor::invite(Pending& pending) const {
  const ControlRequest& request = pending.request;
  TRY(const auto room, parse_room(request.target));
  if (!inviting_.pin) {
    return fail(
        EX_UNAVAILABLE,
        "Invites are for members, whom this server does not admit; see admitted in [members].");
  }
  wire::Target target{.server = {inviting_.host, inviting_.port}, .room = room};
  if (!request.host.empty()) {
    TRY(target.server, wire::parse_server(request.host, inviting_.port));
  }
  const wire::InviteToken token = inviting_.draw();
  chat::Expiry expiry;
  if (request.time.count() > 0) {
    expiry = {inviting_.wall().microseconds / 1'000'000 + request.time.count()};
  }
  target.pin = inviting_.pin;
  target.invite = to_text(token);
  pending.text =
      fmt::format("{}\nAnyone with this link may enter {}: {} {}, {}.", wire::to_link(target),
                  room.text, request.uses, request.uses == 1 ? "member" : "members",
                  expiry.seconds == 0 ? "at any time" : "within " + show_time(request.time));
  if (!inviting_.access.by_invitation.contains(room)) {
    pending.text +=
        fmt::format(" But {} is open to everybody: invitation-rooms does not name it.", room.text);
  }
  const chat::InviteHash hash = wire::hash_of(token);
  pending.text += fmt::format(" palabre revoke {} takes it back.", wire::invite_id(hash));
  return chat::MakeInvite{{hash, room, expiry, request.uses}};
}

Result<chat::OperatorRequest> OperatorsDoor::revoke(Pending& pending) {
  const std::string& id = pending.request.target;
  const auto hash = wire::parse_invite_id(id);
  if (!hash) {
    return fail(EX_USAGE, "{} is not the id of an invite; palabre invite shows the id of each.",
                id);
  }
  pending.text = fmt::format(
      "Invite {} is taken back: it admits nobody more. Members that it has admitted stay.", id);
  return chat::RevokeInvite{*hash, wire::kInviteIdBytes};
}

std::string OperatorsDoor::stats(const Pending& pending, const chat::Rooms& rooms) const {
  std::string text = fmt::format("{}\nguests online: {}\nmembers online: {}\nrooms: {}",
                                 pending.counts, rooms.guests, rooms.members, rooms.open);
  for (const auto& room : rooms.rooms) {
    if (is_for_two(room.name)) continue;
    text += fmt::format("\n{:>14}  {}{}", room.present, room.name.text,
                        room.frozen ? ", for reading only" : "");
  }
  if (!gate_.bans().empty()) text += "\nbanned:";
  for (const auto& [ip, until] : gate_.bans()) {
    text += fmt::format("\n{:>14}  {}", show_time(until - pending.now), to_text(ip));
  }
  return text;
}

}  // namespace palabre::server
