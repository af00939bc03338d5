#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "chat/direct_room.h"
#include "chat/hub.h"

// Orders of operators, and the decisions that follow.

namespace palabre::chat {
namespace {

using Verb = Order::Verb;

bool must_be_member(Verb verb) {
  return verb == Verb::kExpel || verb == Verb::kAppoint || verb == Verb::kDismiss ||
         verb == Verb::kMarkBot || verb == Verb::kUnmarkBot || verb == Verb::kApprove ||
         verb == Verb::kForget;
}

/// Whether the order may be about everybody at an address.
bool goes_by_address(Verb verb) {
  return verb == Verb::kBan || verb == Verb::kUnban || verb == Verb::kMute ||
         verb == Verb::kUnmute || verb == Verb::kUndoBy;
}

std::optional<Ip> ip_of(const GuestAt& guest) {
  const std::string& label = guest.address;  // `[2001:db8::1%2:5000]`
  const std::size_t end = std::min(label.find('%'), label.rfind(':'));
  return Ip::parse(label.substr(1, end - 1));
}

/// Whether its guests have one share together, see `Draft::owner`.
bool is_owner(const Network& network) { return network == Network::around(network.ip, 32, 64); }

/// Whether it contains all who are known to be of its public networks, see `Draft::network`.
bool is_wide(const Network& network) { return network.contains(neighbourhood(network.ip)); }

bool takes_back(const Order& order) {
  switch (order.verb) {
    case Verb::kUnban:
    case Verb::kUnmute:
    case Verb::kDismiss:
    case Verb::kUnmarkBot:
    case Verb::kThaw:
    case Verb::kUndo:
      return true;
    case Verb::kSlow:
      return order.number == 0;
    default:
      return false;
  }
}

}  // namespace

void Hub::ask(const Asker& by, const Order& order, Effects& effects) {
  operate(Operator{by.id, by.tag, by.now, true}, order, effects);
}

void Hub::operate(const Operator& by, const Order& order, Effects& effects) {
  auto ruling = understand(by, order, effects);
  if (!ruling) return;
  if (order.verb == Verb::kOperators || order.verb == Verb::kDecisions) {
    return list(*ruling, effects);
  }
  if (ruling->row->needs_whom) {
    ruling->whom = find(*ruling, effects);
    if (!ruling->whom) return;
    ruling->shown = shown(*ruling->whom, ruling->rank >= Rank::kServerOperator);
  }
  const bool is_priced = ruling->rank < Rank::kServerOperator;
  if (is_priced && !orders_.take(sessions_.at(by.by).owner(), by.now)) {
    return answer(by, Refused{TooFast{}}, effects);
  }
  takes_back(order) ? take_back(*ruling, effects) : decide(*ruling, effects);
}

std::optional<Hub::Ruling> Hub::understand(const Operator& by, const Order& order,
                                           Effects& effects) {
  const auto no = [&](Refusal refusal) {
    answer(by, Refused{std::move(refusal)}, effects);
    return std::nullopt;
  };
  if (!is_registry_read_) return no(StillStarting{});
  Ruling ruling{by, &row_of(order.verb), order, Rank::kMachine, std::nullopt, std::nullopt};
  if (order.room) {
    const auto* const name = std::get_if<RoomName>(&*order.room);
    if (name != nullptr) ruling.room = *name;
  }
  if (by.is_session) {
    const Session& session = sessions_.at(by.by);
    if (order.room && !ruling.room) ruling.room = find_name(session, *order.room);
    if (!order.room && !session.caps.many_rooms) {
      ruling.room = rooms_.at(session.rooms.front()).name();
    }
    ruling.key = session.key();
    ruling.rank = rank_of(session.key(), ruling.room);
  }
  if (ruling.rank < ruling.row->least) return no(NotOperator{order.verb, ruling.row->least});
  if (ruling.row->is_about_a_room && !ruling.room) return no(NoRoomGiven{});
  const bool may_look = ruling.rank >= Rank::kServerOperator || !ruling.room;
  if (!may_look && is_shut_out(ruling.key, *ruling.room)) return no(NotJoined{ruling.room->text});
  const bool is_everywhere =
      ruling.rank >= Rank::kServerOperator && !order.is_here && !ruling.row->is_about_a_room;
  if (is_everywhere) ruling.room.reset();
  const bool is_for_the_machine = order.verb == Verb::kAppoint && !ruling.room;
  if (is_for_the_machine && ruling.rank < Rank::kMachine) {
    return no(NotOperator{order.verb, Rank::kMachine});
  }
  return ruling;
}

Rank Hub::rank_of(const std::optional<MemberKey>& key, const std::optional<RoomName>& room) const {
  if (!key) return Rank::kGuest;
  const Identity identity{{}, key};
  if (registry_.is_operator(identity)) return Rank::kServerOperator;
  if (!room || registry_.decisions().find<Ban>(identity, room) != nullptr) return Rank::kMember;
  if (is_shut_out(key, *room)) return Rank::kMember;
  if (is_founder_of(*key, *room)) return Rank::kFounder;
  return registry_.is_operator(identity, room) ? Rank::kRoomOperator : Rank::kMember;
}

bool Hub::is_shut_out(const std::optional<MemberKey>& key, const RoomName& room) const {
  return access_.by_invitation.contains(room) && !(key && registry_.is_admitted(*key, room));
}

bool Hub::is_founder_of(const MemberKey& key, const RoomName& room) const {
  if (registry_.founder_of(room) == key) return true;
  const auto open = rooms_by_name_.find(room.text);
  return open != rooms_by_name_.end() && rooms_.at(open->second).founder() == key;
}

std::optional<Whom> Hub::holder_of(const Nick& nick) const {
  if (const auto owner = registry_.owner_of(nick); owner && registry_.nick_of(*owner)) {
    return *owner;
  }
  const auto guest = nicks_.find(nick.key);
  if (guest != nicks_.end()) return GuestAt{sessions_.at(guest->second).identity.address};
  // A guest without a nickname may be shown by its cloak, which ends with a star.
  const std::string cloak = nick.shown + "*";
  const auto cloaked = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& one) {
    return one.second.identity.cloak == cloak;
  });
  if (cloaked == sessions_.end()) return std::nullopt;
  return GuestAt{cloaked->second.identity.address};
}

bool Hub::is_seen(const Whom& whom) const {
  const auto sessions = sessions_of(whom);
  return !sessions.empty() && std::ranges::all_of(sessions, [&](SessionId id) {
    return sessions_.at(id).identity.cloak.empty();
  });
}

std::optional<Whom> Hub::find(const Ruling& ruling, Effects& effects) {
  const auto no = [&](Refusal refusal) {
    answer(ruling.by, Refused{std::move(refusal)}, effects);
    return std::nullopt;
  };
  const Target& target = *ruling.order.whom;
  const bool is_by_address = goes_by_address(ruling.order.verb);
  const bool has_addresses = ruling.rank >= Rank::kServerOperator;
  std::optional<Whom> whom;
  if (const auto* const nick = std::get_if<Nick>(&target.whom)) {
    whom = holder_of(*nick);
  } else if (const auto* const key = std::get_if<MemberKey>(&target.whom)) {
    // One who was forgotten may have left messages.
    const bool may_be_none =
        ruling.order.verb == Verb::kApprove || ruling.order.verb == Verb::kUndoBy;
    if (may_be_none || registry_.nick_of(*key)) whom = *key;
  } else if (const auto* const at = std::get_if<Address>(&target.whom)) {
    whom = GuestAt{at->label()};
    // Taking back, and the ban of an address, need nobody there.
    const bool is_needed = !is_by_address || ruling.order.verb == Verb::kMute;
    if (is_needed && sessions_of(*whom).empty()) whom.reset();
    // Guessing tells nobody the address behind a cloak.
    if (whom && !has_addresses && !is_seen(*whom)) whom.reset();
    if (is_by_address && has_addresses && target.bare) whom = *target.bare;
  } else if (is_by_address && has_addresses) {
    whom = std::get<Network>(target.whom);
  } else {
    return no(NobodyThere{target.written, has_addresses});
  }
  // A guest has no key: it is kept out by its address, with everybody behind it.
  const auto* const guest = whom ? std::get_if<GuestAt>(&*whom) : nullptr;
  const bool is_ban = ruling.order.verb == Verb::kBan || ruling.order.verb == Verb::kUnban;
  const bool is_undo = ruling.order.verb == Verb::kUndoBy;
  const bool goes_by_network = is_undo || (is_ban && has_addresses && !ruling.room);
  if (guest != nullptr && goes_by_network) {
    if (const auto ip = ip_of(*guest)) whom = network_to_ban(*ip);
  }
  const auto* const network = whom && is_undo ? std::get_if<Network>(&*whom) : nullptr;
  if (network != nullptr && !is_owner(*network) && !is_wide(*network)) {
    return no(NetworkTooNarrow{target.written});
  }
  const bool has_no_network = whom && is_undo && std::holds_alternative<GuestAt>(*whom);
  if (has_no_network) whom.reset();
  const bool is_member = whom && std::holds_alternative<MemberKey>(*whom);
  if (!whom || (must_be_member(ruling.order.verb) && !is_member)) {
    return no(NobodyThere{target.written, false, must_be_member(ruling.order.verb)});
  }
  if (!outranks(ruling, *whom)) return no(Outranked{target.written});
  return whom;
}

/// Operators may step back themselves.
bool Hub::outranks(const Ruling& ruling, const Whom& whom) const {
  if (ruling.rank == Rank::kMachine) return true;
  const auto* const key = std::get_if<MemberKey>(&whom);
  if (key != nullptr && *key == ruling.key) return ruling.order.verb == Verb::kDismiss;
  const auto rank_in = [&](const std::optional<MemberKey>& whose) {
    return rank_of(whose, ruling.room);
  };
  if (key != nullptr) return rank_in(*key) < ruling.rank;
  const auto sessions = sessions_of(whom);
  return std::all_of(sessions.begin(), sessions.end(),
                     [&](SessionId id) { return rank_in(sessions_.at(id).key()) < ruling.rank; });
}

Act Hub::act_of(const Ruling& ruling) const {
  const auto key = [&] { return std::get<MemberKey>(*ruling.whom); };
  switch (ruling.order.verb) {
    case Verb::kKick:
      return Kick{*ruling.whom, ruling.room};
    case Verb::kBan:
      return Ban{*ruling.whom, ruling.room};
    case Verb::kMute:
      return Mute{*ruling.whom, ruling.room};
    case Verb::kExpel:
      return Expel{*ruling.room, key()};
    case Verb::kAppoint:
      return Appoint{key(), ruling.room};
    case Verb::kMarkBot:
      return MarkBot{key()};
    case Verb::kApprove:
      return Approve{key()};
    case Verb::kDelete:
      return Delete{*ruling.room, {ruling.order.number}};
    case Verb::kForget:
      return Forget{key()};
    case Verb::kForgetRoom:
      return ForgetRoom{*ruling.room};
    case Verb::kUndoBy:
      return undo_by(ruling);
    case Verb::kSlow:
      return Rule{*ruling.room, Slow{static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                    ruling.order.number, Slow::kMostSeconds))}};
    default:
      return Rule{*ruling.room, Frozen{}};
  }
}

void Hub::decide(const Ruling& ruling, Effects& effects) {
  Decision decision{act_of(ruling), ruling.key, {}, ruling.order.why};
  if (lasts(decision.act)) {
    const auto time = ruling.order.lasts.value_or(ruling.row->lasts);
    const std::int64_t now = wall(ruling.by.now).microseconds / kMicrosecondsPerSecond;
    if (time.count() > 0) decision.until = {now + time.count()};
  }
  keep_decision(ruling, std::move(decision), effects);
}

void Hub::keep_decision(const Ruling& ruling, Decision decision, Effects& effects) {
  if (is_overruled(ruling, decision.act)) return answer(ruling.by, Refused{Outranked{}}, effects);
  // A decision that lasts is of a founder who is known for good.
  const bool is_founders = ruling.rank == Rank::kFounder && lasts(decision.act);
  if (is_founders && registry_.founder_of(*ruling.room) != ruling.key) {
    const Record founded = RoomFounded{*ruling.room, ruling.key};
    if (registry_.propose(founded) == Registry::Proposed::kRefused) {
      return answer(ruling.by, Refused{NotRecorded{Trouble::kRegistryFull}}, effects);
    }
    effects.push_back(KeepRecord{founded});
  }
  const Record record = std::move(decision);
  if (registry_.propose(record) == Registry::Proposed::kRefused) {
    return answer(ruling.by, Refused{NotRecorded{Trouble::kRegistryFull}}, effects);
  }
  wait_for({ruling.by.by, record, ruling, ruling.by.tag}, effects);
}

void Hub::go_on(const Ruling& ruling, const Waiting& waiting, const Outcome& outcome,
                Effects& effects) {
  const auto no = [&](Refusal refusal) { answer(ruling.by, Refused{std::move(refusal)}, effects); };
  const auto* const decision = std::get_if<Decision>(&waiting.record);
  const auto* const undone = std::get_if<Undone>(&waiting.record);
  if (undone != nullptr && !outcome.over) return no(NoSuchDecision{undone->decision.value});
  const auto* const removed = decision != nullptr ? std::get_if<Delete>(&decision->act) : nullptr;
  if (removed != nullptr && !waiting.has_removed) return no(NoSuchMessage{removed->number.value});
  Ruled ruled =
      answer_to(ruling, decision != nullptr ? *decision : outcome.over.value_or(Decision{}));
  if (decision != nullptr) ruled.number = outcome.number;
  ruled.taken_back = ruling.taken_back;
  ruled.all = taken_back(waiting, outcome);
  const bool has_addresses = ruling.rank >= Rank::kServerOperator;
  for (const Hit& hit : outcome.hit) ruled.ended.push_back(has_addresses ? hit.at : hit.shown);
  answer(ruling.by, std::move(ruled), effects);
}

Ruled Hub::answer_to(const Ruling& ruling, const Decision& decision) const {
  const bool has_addresses = ruling.rank >= Rank::kServerOperator;
  const auto whom = ruling.whom ? ruling.whom : whom_of(decision.act);
  const auto room = ruling.room ? ruling.room : scope_of(decision.act);
  Ruled ruled{ruling.order.verb, decision};
  if (whom) ruled.whom = ruling.whom ? ruling.shown : shown(*whom, has_addresses);
  if (room) ruled.room = room->text;
  ruled.lasts = time_left(decision.until, ruling.by.now);
  return ruled;
}

std::string Hub::shown(const Whom& whom, bool with_address) const {
  if (const auto* const key = std::get_if<MemberKey>(&whom)) {
    const auto nick = registry_.nick_of(*key);
    return nick ? nick->shown : to_hex(*key).substr(0, 16);
  }
  if (const auto* const network = std::get_if<Network>(&whom)) {
    return with_address ? to_text(*network) : "an address";
  }
  const auto sessions = sessions_of(whom);
  return shown_guest(std::get<GuestAt>(whom),
                     sessions.empty() ? nullptr : &sessions_.at(sessions.front()), with_address);
}

std::string Hub::shown_guest(const GuestAt& guest, const Session* session, bool with_address) {
  if (session == nullptr) return with_address ? guest.address : "a guest";
  return with_address ? session->shown_with_address() : session->shown();
}

bool Hub::may_see(const Ruling& ruling, const Decision& decision) const {
  if (ruling.rank >= Rank::kServerOperator) return true;
  const auto room = scope_of(decision.act);
  return room && room == ruling.room;
}

void Hub::list(const Ruling& ruling, Effects& effects) {
  Ruled listed{ruling.order.verb};
  listed.now = wall(ruling.by.now);
  const bool is_about_operators = ruling.order.verb == Verb::kOperators;
  const bool has_addresses = ruling.rank >= Rank::kServerOperator;
  // By address, since each of thousands of lines would look through all sessions.
  std::map<std::string_view, std::pair<SessionId, const Session*>> guests;
  for (const auto& [id, session] : sessions_) {
    if (session.key() || is_about_operators) continue;
    const auto [first, is_new] =
        guests.try_emplace(session.identity.address, std::pair(id, &session));
    if (!is_new && id < first->second.first) first->second = {id, &session};
  }
  const auto shown_here = [&](const Whom& whom) {
    const auto* const guest = std::get_if<GuestAt>(&whom);
    if (guest == nullptr) return shown(whom, has_addresses);
    const auto at = guests.find(guest->address);
    return shown_guest(*guest, at == guests.end() ? nullptr : at->second.second, has_addresses);
  };
  const auto add = [&](const Decisions::Entry& entry) {
    const Act& act = entry.decision.act;
    if (is_about_operators && !std::holds_alternative<Appoint>(act)) return;
    const auto room = scope_of(act);
    if (is_about_operators) {
      const bool is_everywhere = has_addresses && !ruling.room;
      if (room && !is_everywhere && room != ruling.room) return;
    } else if (!may_see(ruling, entry.decision)) {
      return;
    }
    const auto whom = whom_of(act);
    const auto& by = entry.decision.by;
    listed.lines.push_back({entry.number, entry.decision, whom ? shown_here(*whom) : "",
                            room ? room->text : "", by ? shown(*by, false) : "", entry.at,
                            entry.is_over});
  };
  if (is_about_operators && ruling.room) {
    if (const auto founder = registry_.founder_of(*ruling.room)) {
      listed.lines.push_back({{},
                              {Appoint{*founder, ruling.room}},
                              shown(*founder, false),
                              ruling.room->text,
                              "",
                              {},
                              false});
    }
  }
  if (!is_about_operators) {
    for (const auto& entry : registry_.decisions().past()) add(entry);
  }
  for (const auto& [number, entry] : registry_.decisions().in_force()) add(entry);
  std::stable_sort(listed.lines.begin(), listed.lines.end(),
                   [](const auto& a, const auto& b) { return a.number < b.number; });
  answer(ruling.by, std::move(listed), effects);
}

}  // namespace palabre::chat
