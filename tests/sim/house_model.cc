#include "house_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string_view>
#include <utility>
#include <variant>

#include "chat/direct_room.h"
#include "wire/names.h"

namespace palabre::sim {
namespace {

using What = server::ControlRequest::What;

/// An order on the machine: of a room, or about somebody.
server::ControlRequest order(const std::string& line, const std::string& room = {}) {
  server::ControlRequest request;
  request.what = What::kOrder;
  request.target = room;
  request.line = line;
  return request;
}

std::string for_seconds(std::uint64_t seconds) { return fmt::format(" --for {}s", seconds); }

std::string text_of(const chat::Whom& whom) {
  if (const auto* const key = std::get_if<chat::MemberKey>(&whom)) return "@" + chat::to_hex(*key);
  if (const auto* const guest = std::get_if<chat::GuestAt>(&whom)) return guest->address;
  return to_text(std::get<Network>(whom));
}

using std::chrono_literals::operator""s;

/// The latest time is stored at the next sweep only; a crash before may lose this much of it.
constexpr std::int64_t kSlack = 900'000'000;

/// `10.0.0.1` of `[10.0.0.1:4000]`.
std::string ip_of(const std::string& label) { return label.substr(1, label.rfind(':') - 1); }

std::string word_after(const std::string& text, std::string_view mark, std::string_view ends) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + mark.size();
  return text.substr(begin, text.find_first_of(ends, begin) - begin);
}

}  // namespace

/// The parts of an order.
struct HouseModel::Ordered {
  server::ControlRequest request;
  std::string verb;
  std::string target;  ///< somebody, or a room, or a number
  std::chrono::seconds time{};
  std::optional<Matter> matter = {};
  std::optional<InForce> before = {};  ///< in this matter, when it was asked
  std::int64_t wall = 0;               ///< the server's was not earlier
  bool takes_back = false;

  explicit Ordered(const server::ControlRequest& asked) : request(asked) {
    std::istringstream words(request.line);
    words >> verb >> target;
    std::string option;
    std::string seconds;
    if (!request.target.empty()) {
      takes_back = verb == "thaw" || (verb == "slow" && target == "0");
      option = target;
      target = request.target;
    } else {
      takes_back = verb == "unban" || verb == "unmute" || verb == "dismiss" || verb == "unbot" ||
                   verb == "undo";
    }
    while (option != "--for" && words >> option) {
    }
    if (words >> seconds) time = std::chrono::seconds(std::stol(seconds));
  }
};

HouseModel::HouseModel(std::size_t members, Surroundings around) : around_(std::move(around)) {
  for (std::size_t i = 0; i < members; ++i) keys_.emplace_back(static_cast<std::uint8_t>(i + 1));
}

std::string HouseModel::author(std::size_t member) const {
  return "@" + chat::to_hex(chat::MemberKey{keys(member).open});
}

void HouseModel::lives_at(const Address& address, std::size_t member) {
  devices_[address.label()] = member;
  knows(address.label());
}

std::string HouseModel::room_in_log(std::size_t member, const std::string& room) const {
  if (!room.starts_with('@')) return room;
  const auto nick = wire::parse_nick(room.substr(1));
  const auto owner = nick ? owners_.find(nick->key) : owners_.end();
  if (owner == owners_.end()) return room;
  return chat::direct_room({keys(member).open}, {keys(owner->second).open}).text;
}

std::string HouseModel::author_at(const std::string& label) const {
  const auto device = devices_.find(label);
  return device == devices_.end() ? label : author(device->second);
}

// Decisions.

std::optional<HouseModel::Matter> HouseModel::matter_of(const chat::Act& act) {
  const auto whom = chat::whom_of(act);
  if (const auto* const rule = std::get_if<chat::Rule>(&act)) {
    const bool is_freeze = std::holds_alternative<chat::Frozen>(rule->fact);
    return (is_freeze ? "freeze " : "slow ") + rule->room.text;
  }
  if (!whom || !chat::lasts(act)) return std::nullopt;
  const bool is_appointment = std::holds_alternative<chat::Appoint>(act);
  return (std::holds_alternative<chat::Ban>(act)    ? "ban "
          : std::holds_alternative<chat::Mute>(act) ? "mute "
          : is_appointment                          ? "operator "
                                                    : "bot ") +
         text_of(*whom);
}

/// Nothing: it is not known whom the order is about.
std::optional<HouseModel::Matter> HouseModel::matter_of(const Ordered& ordered) const {
  const std::string& verb = ordered.verb;
  if (verb == "undo") {
    const auto found = std::ranges::find_if(decided_, [&](const auto& one) {
      return std::to_string(one.second.number.value) == ordered.target;
    });
    return found == decided_.end() ? std::nullopt : std::optional(found->first);
  }
  if (verb == "freeze" || verb == "thaw") return "freeze " + ordered.target;
  if (verb == "slow") return "slow " + ordered.target;
  std::string act = verb.starts_with("un") ? verb.substr(2) : verb;
  if (verb == "dismiss") act = "operator";
  const std::string& whom = ordered.target;
  if (whom.starts_with('[')) {
    // A guest is banned with everybody at its address.
    if (act == "ban") return "ban " + ip_of(whom);
    return act == "mute" && !devices_.contains(whom) ? std::optional("mute " + whom) : std::nullopt;
  }
  if (Network::parse(whom)) return act + " " + whom;
  const auto nick = wire::parse_nick(whom);
  const auto owner = nick ? owners_.find(nick->key) : owners_.end();
  if (owner == owners_.end()) return std::nullopt;
  return act + " " + author(owner->second);
}

std::map<HouseModel::Matter, HouseModel::InForce> HouseModel::in_force(const chat::Hub& hub) {
  std::map<Matter, InForce> found;
  for (const auto& [number, entry] : hub.registry().decisions().in_force()) {
    if (const auto matter = matter_of(entry.decision.act)) {
      found[*matter] = {number, entry.decision.until};
    }
  }
  return found;
}

bool HouseModel::holds(const Matter& matter) const {
  const auto decided = decided_.find(matter);
  return decided != decided_.end() && !in_doubt_.contains(matter) &&
         !decided->second.until.is_over({around_.wall()});
}

bool HouseModel::holds_for(const std::string& verb, const std::string& author) const {
  if (holds(verb + " " + author)) return true;
  return author.starts_with('[') && holds(verb + " " + ip_of(author));
}

void HouseModel::appended(const chat::RoomName& room, const chat::Draft& draft) {
  if (room.text == chat::kRegistryRoom || draft.bar != chat::Draft::Bar::kNone) return;
  const std::string& text = draft.message->text;
  if (holds_for("mute", draft.author)) break_(draft.author + " is muted, and says " + text);
  if (holds_for("ban", draft.author)) break_(draft.author + " is banned, and says " + text);
  if (holds("freeze " + room.text)) break_(room.text + " is frozen, and gets " + text);
}

void HouseModel::look() {
  wall_before_ = std::exchange(wall_at_look_, around_.wall());
  const chat::Hub* const hub = around_.hub();
  if (hub == nullptr) return;
  look_at_people(*hub);
  look_at_decisions(*hub);
}

void HouseModel::look_at_decisions(const chat::Hub& hub) {
  const auto found = in_force(hub);
  for (auto& [matter, decided] : decided_) {
    if (!holds(matter)) continue;
    ++checked;
    const auto there = found.find(matter);
    if (there == found.end()) {
      break_(fmt::format("decision {} is no longer in force: {}", decided.number.value, matter));
    } else if (there->second.number < decided.number) {
      break_(fmt::format("decision {} has lost against an earlier one: {}", decided.number.value,
                         matter));
    } else if (there->second.number == decided.number && there->second.until != decided.until) {
      break_(fmt::format("decision {} ends at another time: {}", decided.number.value, matter));
    }
    // A later one may be about the same person by another name.
    if (there != found.end()) decided = there->second;
  }
  for (const auto& [matter, one] : found) {
    if (taken_back_.contains(one.number)) {
      break_(
          fmt::format("decision {} was taken back, and is in force: {}", one.number.value, matter));
    }
  }
}

void HouseModel::look_at_people(const chat::Hub& hub) {
  std::map<std::string, std::string> holders;
  for (const auto& session : hub.list(around_.now())) {
    const std::string owner = author_at(session.address);
    if (holds_for("ban", owner) || holds("ban " + ip_of(session.address))) {
      break_(session.address + " is banned, and online");
    }
    if (session.shown == session.address) continue;
    const bool is_guest = session.is_guest;
    const auto nick =
        wire::parse_nick(session.shown.substr(0, session.shown.size() - (is_guest ? 1 : 0)));
    if (!nick) {
      break_(session.shown + " is no nickname");
      continue;
    }
    const auto [holder, is_first] = holders.emplace(nick->key, owner);
    if (!is_first && holder->second != owner) {
      break_(fmt::format("{} is {} and {}", nick->shown, holder->second, owner));
    }
    if (is_guest) {
      if (owners_.contains(nick->key)) break_(session.address + " is shown as " + nick->shown);
      continue;
    }
    const std::size_t member = devices_.at(session.address);
    const auto [known, is_new] = owners_.emplace(nick->key, member);
    if (known->second != member) break_(nick->shown + " has another owner");
  }
}

void HouseModel::crashed() {
  // An order without an answer may have been kept or not.
  for (const auto& [matter, orders] : std::exchange(in_doubt_, {})) decided_.erase(matter);
  wall_before_ = 0;
  wall_at_look_ = 0;
}

server::ControlRequest HouseModel::draw_request(Random& random) {
  static const std::vector<std::string> kRooms{"lobby", "ops", "den", "r1"};
  static const std::vector<std::string> kNicks{"ana", "bob", "zoe", "member0", "member1"};
  server::ControlRequest request;
  const auto anybody = [&] {
    const std::string& label = random.pick(labels_);
    if (random.chance(30)) return random.pick(kNicks);
    return random.chance(30) ? ip_of(label) : label;
  };
  const auto some_seconds = [&] { return for_seconds(1 + random.below(40)); };
  switch (random.below(18)) {
    case 0:
    case 1:
      return order("mute " + anybody() + some_seconds());
    case 2:
      return order("kick " + (random.chance(50) ? random.pick(kNicks) : random.pick(labels_)));
    case 3:
      return order("ban " + anybody() + some_seconds());
    case 4:
      return order((random.chance(50) ? "unban " : "unmute ") + anybody());
    case 5:
      return order("freeze" + (random.chance(50) ? some_seconds() : ""), random.pick(kRooms));
    case 6:
      return order("thaw", random.pick(kRooms));
    case 7:
      request.what = What::kRevoke;
      request.target = invites_.empty() ? "0123456789ab" : random.pick(invites_).id;
      break;
    case 8:
      request.what = random.chance(50) ? What::kWho : What::kStats;
      break;
    case 9:
      return order(
          fmt::format("slow {}", random.below(4)) + (random.chance(50) ? some_seconds() : ""),
          random.pick(kRooms));
    case 10:
      return order((random.chance(70) ? "operator " : "dismiss ") + random.pick(kNicks));
    case 11:
      return order((random.chance(70) ? "bot " : "unbot ") + random.pick(kNicks));
    case 12: {
      auto one = decided_.begin();
      if (one != decided_.end()) std::advance(one, random.below(decided_.size()));
      return order(fmt::format("undo {}", one == decided_.end() ? 1 : one->second.number.value));
    }
    default:
      request.what = What::kInvite;
      request.time = std::chrono::seconds(random.chance(30) ? 0 : 1 + random.below(7200));
      request.uses = static_cast<std::uint32_t>(1 + random.below(2));
      request.target = random.chance(90) ? kDen : "ops";
  }
  return request;
}

std::vector<server::ControlRequest> HouseModel::amnesty() const {
  std::vector<server::ControlRequest> requests;
  const chat::Hub* const hub = around_.hub();
  if (hub == nullptr) return requests;
  for (const auto& [matter, one] : in_force(*hub)) {
    requests.push_back(order(fmt::format("undo {}", one.number.value)));
  }
  return requests;
}

std::function<void(const server::ControlAnswer&)> HouseModel::asked(
    const server::ControlRequest& request) {
  Ordered ordered(request);
  if (request.what == What::kOrder && ordered.verb != "kick") ordered.matter = matter_of(ordered);
  ordered.wall = wall_before_ == 0 ? 0 : std::min(wall_before_, around_.wall());
  if (ordered.matter) {
    if (holds(*ordered.matter)) ordered.before = decided_.at(*ordered.matter);
    // From here on it may be carried out.
    ++in_doubt_[*ordered.matter];
  }
  return [this, ordered](const server::ControlAnswer& answer) {
    if (answer.text.empty()) break_("an operator is told nothing");
    if (ordered.matter && --in_doubt_.at(*ordered.matter) == 0) in_doubt_.erase(*ordered.matter);
    if (answer.exit_code != 0) return;
    ++decisions;
    carried_out(ordered);
    if (ordered.request.what == What::kInvite) made_invite(ordered.request, answer.text);
    if (ordered.request.what != What::kRevoke) return;
    for (Invite& invite : invites_) {
      if (invite.id == ordered.request.target) invite.is_revoked = true;
    }
  };
}

void HouseModel::carried_out(const Ordered& ordered) {
  if (!ordered.matter) return;
  if (!ordered.takes_back) return ordered_anew(ordered);
  if (ordered.before) taken_back_.insert(ordered.before->number);
  decided_.erase(*ordered.matter);
}

void HouseModel::ordered_anew(const Ordered& ordered) {
  const chat::Hub* const hub = around_.hub();
  if (hub == nullptr) return;
  const auto found = in_force(*hub);
  const auto there = found.find(*ordered.matter);
  const std::int64_t latest = around_.wall() / 1'000'000 + ordered.time.count();
  if (there == found.end()) {
    const bool is_over = ordered.time.count() != 0 && around_.wall() / 1'000'000 + 1 >= latest;
    // Another order may have taken it back, or its time has passed since.
    if (!is_over && !in_doubt_.contains(*ordered.matter)) {
      break_("an order is answered, and there is no such decision: " + *ordered.matter);
    }
    return;
  }
  const std::int64_t until = there->second.until.seconds;
  const bool is_later = ordered.before && there->second.number <= ordered.before->number;
  const bool is_for_good = ordered.time.count() == 0;
  const std::int64_t earliest = ordered.wall / 1'000'000 + ordered.time.count();
  const bool is_wrong_time = is_for_good ? until != 0 : until < earliest || until > latest;
  if (is_later || (is_wrong_time && !in_doubt_.contains(*ordered.matter))) {
    break_(fmt::format("an order is answered, and its decision {} is another: {} until {}",
                       there->second.number.value, *ordered.matter, until));
  }
  decided_[*ordered.matter] = there->second;
}

void HouseModel::made_invite(const server::ControlRequest& request, const std::string& answer) {
  if (request.target != kDen) return;
  Invite invite;
  invite.token = word_after(answer, "invite=", "\n ,");
  invite.id = word_after(answer, "palabre revoke ", " ");
  invite.uses = request.uses;
  if (request.time.count() > 0) {
    invite.over_at =
        around_.wall() + std::chrono::microseconds(request.time + std::chrono::seconds(1)).count();
  }
  if (invite.token.size() != 22 || invite.id.size() != 12) break_("no invite: " + answer);
  invites_.push_back(std::move(invite));
}

std::string HouseModel::draw_token(std::size_t member, Random& random) {
  if (invites_.empty() || random.chance(10))
    return random.chance(50) ? "" : "no-token-of-any-room-1";
  Invite& invite = invites_[static_cast<std::size_t>(random.below(invites_.size()))];
  const bool is_over = invite.over_at != 0 && around_.wall() >= invite.over_at + kSlack;
  if (!invite.is_revoked && !is_over) invite.tried_in_time.insert(member);
  return invite.token;
}

void HouseModel::let_in(std::size_t member, const std::string& room) {
  if (room != kDen || admitted_.contains(member)) return;
  admitted_.insert(member);
  // One of the invites that it tried in time has admitted it. Which one is not known: an invite
  // counts as used by it only if there is no other.
  std::vector<Invite*> may_be;
  for (Invite& invite : invites_) {
    if (invite.tried_in_time.contains(member)) may_be.push_back(&invite);
  }
  if (may_be.empty())
    return break_(fmt::format("member {} is in {} without an invite", member, room));
  if (may_be.size() > 1) return;
  may_be.front()->let_in.insert(member);
  if (may_be.front()->let_in.size() > may_be.front()->uses) {
    break_(fmt::format("an invite for {} has admitted {}", may_be.front()->uses,
                       may_be.front()->let_in.size()));
  }
}

}  // namespace palabre::sim
