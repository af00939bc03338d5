#include "server/doors/operators/operators_door.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/fail.h"
#include "base/time_text.h"
#include "server/doors/operators/listing.h"
#include "wire/link_uri.h"
#include "wire/names.h"
#include "wire/orders.h"
#include "wire/text.h"

namespace palabre::server {
namespace {

using What = ControlRequest::What;
using Guest = chat::Online::Session;

ControlAnswer refused(const Error& error) { return {error.exit_code, error.sentence}; }

Result<chat::RoomName> parse_room(const std::string& name) {
  if (auto room = wire::parse_room_name(name)) return *std::move(room);
  return fail(EX_USAGE, "{} is not a valid room name; palabre stats lists the rooms.", name);
}

/// `lobby, ops, 1 for two`: the name of a room for two is keys, which mean nothing to an operator.
std::string shown(const std::vector<chat::RoomName>& rooms) {
  std::vector<std::string_view> names;
  for (const chat::RoomName& room : rooms) {
    if (!chat::is_for_two(room)) names.push_back(room.text);
  }
  const std::string for_two = fmt::format("{} for two", rooms.size() - names.size());
  if (names.size() < rooms.size()) names.push_back(for_two);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The code of <sysexits.h> for an order that is refused.
int code_of(const chat::Refusal& refusal) {
  const auto* const nobody = std::get_if<chat::NobodyThere>(&refusal);
  if (nobody != nullptr) return nobody->is_bare_address ? EX_USAGE : EX_NOUSER;
  const bool is_none = std::holds_alternative<chat::NothingToTakeBack>(refusal) ||
                       std::holds_alternative<chat::NoSuchDecision>(refusal) ||
                       std::holds_alternative<chat::NoSuchMessage>(refusal);
  return is_none ? EX_NOUSER : EX_USAGE;
}

/// The command that lists the valid arguments.
std::string_view hint_for(const chat::Refusal& refusal) {
  if (std::holds_alternative<chat::NobodyThere>(refusal)) return " palabre who lists them.";
  const bool is_decision = std::holds_alternative<chat::NothingToTakeBack>(refusal);
  return is_decision ? " palabre decisions lists what is in force." : "";
}

}  // namespace

void OperatorsDoor::ask(const ControlRequest& request, std::string counts, Instant now, Done done) {
  gate_.forget_what_is_over(now);
  Pending pending{request, std::move(counts), now, std::move(done), {}};
  Result<chat::OperatorRequest> asked = chat::ListOnline{};
  switch (pending.request.what) {
    case What::kWho:
      break;
    case What::kStats:
      asked = chat::ListRooms{};
      break;
    case What::kOrder:
      asked = order(pending.request);
      break;
    case What::kMembers:
      asked = members(pending.request);
      break;
    case What::kRooms:
      asked = rooms(pending.request);
      break;
    case What::kInvite:
      asked = invite(pending);
      break;
    case What::kRevoke:
      asked = revoke(pending);
      break;
  }
  if (!asked) return pending.done(refused(asked.error()));
  const chat::Tag tag{++last_tag_.value};
  pending_.emplace(tag, std::move(pending));
  commands_.emplace_back(chat::FromOperator{{0, index()}, tag, *std::move(asked)});
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
  const auto text =
      std::visit([&](const auto& one) { return answer_to(pending->second, one); }, tell.answer);
  const Done done = std::move(pending->second.done);
  pending_.erase(pending);
  done(text ? ControlAnswer{EX_OK, *text} : refused(text.error()));
}

OperatorsDoor::Answer OperatorsDoor::answer_to(const Pending& pending,
                                               const chat::Online& online) const {
  return who(pending.request, online);
}

OperatorsDoor::Answer OperatorsDoor::answer_to(const Pending& pending,
                                               const chat::Rooms& rooms) const {
  return stats(pending, rooms);
}

OperatorsDoor::Answer OperatorsDoor::answer_to(const Pending& pending,
                                               const chat::Done& /*done*/) const {
  return pending.text;
}

OperatorsDoor::Answer OperatorsDoor::answer_to(const Pending& /*pending*/,
                                               const chat::Ruled& ruled) const {
  return wire::in_words(ruled, wire::Reader::kOnMachine);
}

OperatorsDoor::Answer OperatorsDoor::answer_to(const Pending& pending,
                                               const chat::Refused& refused) const {
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
  if (not_recorded == nullptr) {
    return fail(Error{code_of(refused.refusal),
                      wire::in_words(refused) + std::string(hint_for(refused.refusal))});
  }
  const bool is_full = not_recorded->trouble == chat::Trouble::kRegistryFull;
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
                "It was not kept, and nothing has changed: the limit of decisions in force is "
                "reached; palabre decisions lists them, palabre undo NUMBER ends one.");
  }
  return fail(EX_CANTCREAT,
              "It was not kept, and nothing has changed: the disk is full or fails. The server's "
              "log says more; make room and ask again.");
}

OperatorsDoor::Answer OperatorsDoor::answer_to(const Pending& pending,
                                               const chat::Members& members) const {
  if (members.members.empty()) {
    return pending.request.target.empty() ? "There is no member." : "No member registered then.";
  }
  return listing(members);
}

OperatorsDoor::Answer OperatorsDoor::answer_to(const Pending& pending,
                                               const chat::RoomsDescribed& rooms) const {
  if (!rooms.rooms.empty()) return listing(rooms);
  return pending.request.target.empty()
             ? "No room is open, and none has a topic or a rule."
             : fmt::format("{} has founded no room.", pending.request.target);
}

Result<chat::OperatorRequest> OperatorsDoor::members(const ControlRequest& request) {
  if (request.target.empty()) return chat::ListMembers{};
  const auto since = parse_time(request.target);
  if (!since) {
    return fail(EX_USAGE, "--since {} is no time; write 30s, 10m, 2h or 1d.", request.target);
  }
  return chat::ListMembers{since};
}

Result<chat::OperatorRequest> OperatorsDoor::rooms(const ControlRequest& request) {
  if (request.target.empty()) return chat::DescribeRooms{};
  auto by = wire::parse_whom(request.target);
  if (!by) {
    return fail(EX_NOUSER, "There is no member {} here. palabre members lists them.",
                request.target);
  }
  return chat::DescribeRooms{std::move(by)};
}

Result<chat::OperatorRequest> OperatorsDoor::order(const ControlRequest& request) {
  auto parsed = wire::parse_order(request.line);
  if (const auto* const mistake = std::get_if<chat::Refusal>(&parsed)) {
    // The command line makes only orders that are well formed.
    const bool is_foreign = std::holds_alternative<chat::MissingArgument>(*mistake) ||
                            std::holds_alternative<chat::UnknownCommand>(*mistake);
    if (is_foreign) {
      return fail(
          EX_USAGE,
          "The server did not understand \"{}\"; its version may differ from this palabre's.",
          request.line);
    }
    return fail(Error{code_of(*mistake),
                      wire::in_words(chat::Refused{*mistake}) + std::string(hint_for(*mistake))});
  }
  auto& order = std::get<chat::Order>(parsed);
  if (!request.target.empty()) {
    TRY(order.room, parse_room(request.target));
    order.is_here = true;
  }
  return chat::OperatorRequest(std::move(order));
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
    if (chat::is_for_two(room.name)) continue;
    text += fmt::format("\n{:>14}  {}{}", room.present, room.name.text,
                        room.frozen ? ", for reading only" : "");
  }
  if (!gate_.bans().empty()) text += "\nbanned:";
  for (const auto& [network, until] : gate_.bans()) {
    const std::string left = until == Instant::max() ? "for good" : show_time(until - pending.now);
    text += fmt::format("\n{:>14}  {}", left, to_text(network));
  }
  return text;
}

}  // namespace palabre::server
