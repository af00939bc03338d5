#include "drivers/hub_driver.h"

#include <utility>

namespace palabre::chat {

HubTestDriver::HubTestDriver(const Limits& limits, Keeping keeping, Access access)
    : HubTestDriver(Starting{}, limits, std::move(keeping), std::move(access)) {
  handle(RegistryRead{});
}

HubTestDriver::HubTestDriver(Starting /*tag*/, const Limits& limits, Keeping keeping, Access access)
    : hub(limits, std::move(keeping), std::move(access)) {}

HubTestDriver::~HubTestDriver() = default;

void HubTestDriver::read_registry_of(const HubTestDriver& before) {
  for (const RecordKept& record : before.all_records) handle(record);
  handle(RegistryRead{});
}

void HubTestDriver::arrive_from(std::uint64_t session, std::string address) {
  const std::string ip = address.substr(1, address.rfind(':') - 1);
  handle(
      Arrive{SessionId{session}, {std::move(address), std::nullopt, Ip::parse(ip).value_or(Ip{})}});
}

void HubTestDriver::ask(std::uint64_t session, Request request) {
  handle(Ask{SessionId{session}, {std::move(request)}});
}

void HubTestDriver::say(std::uint64_t session, std::string text) {
  ask(session, Post{.text = std::move(text)});
}

void HubTestDriver::operate(OperatorRequest request) {
  handle(FromOperator{{}, {}, std::move(request)});
}

Target HubTestDriver::target_of(std::uint64_t session) const {
  if (const auto key = keys_.find(session); key != keys_.end()) return {key->second};
  std::string address = address_of(session);
  const auto port = address.rfind(':');
  const std::string ip = address.substr(1, port - 1);
  const auto number = std::stoul(address.substr(port + 1));
  return {*Address::parse(ip, static_cast<std::uint16_t>(number))};
}

void HubTestDriver::order(Order::Verb verb, std::uint64_t session,
                          std::optional<std::chrono::seconds> lasts) {
  operate(Order{.verb = verb, .whom = target_of(session), .lasts = lasts});
}

void HubTestDriver::freeze(RoomName room, bool frozen) {
  operate(
      Order{.verb = frozen ? Order::Verb::kFreeze : Order::Verb::kThaw, .room = std::move(room)});
}

void HubTestDriver::join(std::uint64_t session, std::string room) {
  ask(session, Join{.room = RoomName{std::move(room)}});
}

void HubTestDriver::nick(std::uint64_t session, const std::string& nick) {
  ask(session, TakeNick{{nick, nick}});
}

MemberKey HubTestDriver::key_of(std::uint8_t member) {
  MemberKey key;
  key.bytes.fill(member);
  return key;
}

void HubTestDriver::log_in(std::uint64_t session, std::uint8_t member, const std::string& nick) {
  std::optional<Nick> wanted;
  if (!nick.empty()) wanted = Nick{nick, nick};
  handle(Arrive{SessionId{session}, {address_of(session), key_of(member)}, kMember, wanted});
}

void HubTestDriver::enter(std::uint64_t session, RoomRef room, Start start,
                          std::optional<InviteHash> invite) {
  ask(session, Join{std::move(room), start, invite, wall});
}

void HubTestDriver::say_in(std::uint64_t session, RoomRef room, std::string text, std::string id) {
  ask(session, Post{std::move(room), Kind::kText, std::move(text), MessageId{std::move(id)}});
}

void HubTestDriver::keep_records() {
  for (const KeepRecord& one : std::exchange(records, {})) {
    all_records.push_back({one.record, {++kept}, wall, one.from});
    remove_by(one.record);
    handle(RecordKept(all_records.back()));
  }
}

void HubTestDriver::remove_by(const Record& record) {
  const auto* const decision = std::get_if<Decision>(&record);
  const auto* const one = decision != nullptr ? std::get_if<Delete>(&decision->act) : nullptr;
  if (one == nullptr || there_[one->room].erase(one->number.value) == 0) return;
  handle(Removed{one->room, {one->number}});
}

void HubTestDriver::keep_no_records() {
  for (const KeepRecord& one : std::exchange(records, {})) {
    handle(RecordNotKept{one.record, Trouble::kDiskFull});
  }
}

void HubTestDriver::pass(Duration time) {
  const Instant end = now + time;
  for (auto due = hub.next_deadline(); due && *due <= end; due = hub.next_deadline()) {
    now = *due;
    handle(Tick{});
  }
  now = end;
}

void HubTestDriver::handle(const Command& command) {
  if (const auto* const arrive = std::get_if<Arrive>(&command)) {
    if (arrive->identity.key) keys_[arrive->session.value] = *arrive->identity.key;
  }
  for (const Effect& effect : hub.handle(command, now)) {
    std::visit([this](const auto& one) { carry_out(one); }, effect);
  }
  for (LogEvent& event : history.take_events()) {
    auto* const advanced = std::get_if<Advanced>(&event);
    if (advanced != nullptr && history_is_on_disk) advanced->on_disk = true;
    std::visit([this](const auto& one) { handle(one); }, event);
  }
  if (keeps_at_once) keep_records();
}

std::string HubTestDriver::address_of(std::uint64_t session) {
  return "[10.0.0." + std::to_string(session) + ":4000]";
}

void HubTestDriver::carry_out(const OpenRoom& effect) {
  history.open(effect.room, effect.name);
  names_[effect.room] = effect.name;
  readers[effect.room.value] = {};
}

void HubTestDriver::carry_out(const CloseRoom& effect) {
  history.close(effect.room);
  readers.erase(effect.room.value);
}

void HubTestDriver::carry_out(const StartReading& effect) {
  readers.at(effect.room.value).push_back(effect.session.value);
  starts[effect.session.value] = effect.start;
}

void HubTestDriver::carry_out(const StopReading& effect) {
  std::erase(readers.at(effect.room.value), effect.session.value);
}

void HubTestDriver::carry_out(const ShowPast& effect) { pages.push_back(effect); }

void HubTestDriver::carry_out(const KeepRecord& effect) { records.push_back(effect); }

void HubTestDriver::carry_out(const SetNumbered& effect) {
  numbered[effect.session.value] = effect.numbered;
}

void HubTestDriver::carry_out(const Append& effect) {
  drafts.push_back(effect.draft);
  history.append(effect.draft);
}

void HubTestDriver::carry_out(const RoomAdvanced& effect) {
  numbers[effect.room.value].push_back(effect.number.value);
  there_[names_[effect.room]].insert(effect.number.value);
  for (const std::uint64_t reader : readers.at(effect.room.value)) {
    if (reader == effect.author_session.value) {
      if (effect.answer) events[reader].push_back(*effect.answer);
      continue;
    }
    inbox[reader].push_back(effect.message->author + "> " + effect.message->text);
  }
}

void HubTestDriver::carry_out(const RoomRedacted& effect) { redacted.push_back(effect); }

void HubTestDriver::carry_out(const Tell& effect) {
  events[effect.session.value].push_back(effect.event);
}

void HubTestDriver::carry_out(const TellOperator& effect) { answers.push_back(effect.answer); }

void HubTestDriver::carry_out(const SetPace& effect) { bots[effect.session.value] = effect.bot; }

void HubTestDriver::carry_out(const NetworkBanned& effect) { banned.push_back(effect); }

void HubTestDriver::carry_out(const Noted& effect) { noted.push_back(effect); }

void HubTestDriver::carry_out(const Gone& effect) { gone.push_back(effect.session.value); }

}  // namespace palabre::chat
