#include "server/registry_log.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/network.h"
#include "chat/direct_room.h"
#include "chat/names.h"
#include "wire/record.h"

namespace palabre::server {
namespace {

constexpr std::size_t kSliceBytes = std::size_t{256} << 10;
constexpr Duration kPatience = std::chrono::seconds(1);

/// The messages that go with the decision.
std::optional<chat::Removal> removal_of(const chat::Act& act) {
  if (const auto* const one = std::get_if<chat::Delete>(&act)) {
    return chat::Removal{chat::Removal::One{one->room, one->number}};
  }
  if (const auto* const room = std::get_if<chat::ForgetRoom>(&act)) {
    return chat::Removal{chat::Removal::All{room->room}};
  }
  const auto* const undo = std::get_if<chat::UndoBy>(&act);
  if (undo == nullptr) return std::nullopt;
  chat::Removal::By by{{}, {}, {undo->since * kMicrosecondsPerSecond}};
  if (const auto* const key = std::get_if<chat::MemberKey>(&undo->by)) {
    by.owner = "@" + chat::to_hex(*key);
  } else {
    const auto& network = std::get<Network>(undo->by);
    by.owner = to_text(network);  // of one address only the guests are known by it
    if (network.contains(neighbourhood(network.ip))) by.network = network;
  }
  return chat::Removal{std::move(by)};
}

}  // namespace

std::vector<chat::Command> RegistryLog::start(std::size_t accepted) {
  accepted_ = accepted;
  end_ = history_.open(kRoom, chat::RoomName{std::string(chat::kRegistryRoom)}).number;
  started_ = true;
  read_on();
  std::vector<chat::Command> commands;
  tell_when_ready(commands);
  return commands;
}

void RegistryLog::tell_when_ready(std::vector<chat::Command>& commands) {
  if (is_ready() && !std::exchange(has_told_, true)) commands.emplace_back(chat::RegistryRead{});
}

void RegistryLog::read_on() {
  if (up_to_ >= end_) return;
  history_.read({{}, kRoom, up_to_, kSliceBytes});
  has_asked_ = true;
}

/// The author of a record's message is the public network that asked for it; empty: none.
void RegistryLog::keep(const chat::KeepRecord& keep) {
  const auto& [record, from] = keep;
  if (!is_trusted() && std::holds_alternative<chat::NickBound>(record)) {
    refused_.emplace_back(chat::RecordNotKept{record, chat::Trouble::kDamagedRegistry});
    return;
  }
  std::string line = wire::to_line(record);
  // Else nobody would recognise the answer, and those who wait for it would wait for ever.
  if (wire::parse_record(line) != record) {
    refused_.emplace_back(chat::RecordNotKept{record, chat::Trouble::kNotReadBack});
    return;
  }
  chat::Message message{chat::Kind::kText, from ? to_text(*from) : "", std::move(line)};
  chat::Draft draft{kRoom, {}, std::make_shared<const chat::Message>(std::move(message)), "", {}};
  if (const auto* const decision = std::get_if<chat::Decision>(&record)) {
    if (auto removal = removal_of(decision->act)) {
      draft.removes = std::make_shared<const chat::Removal>(*std::move(removal));
    }
  }
  history_.append(std::move(draft));
}

void RegistryLog::on_deadline(Instant now) {
  if (!read_again_at_ || now < *read_again_at_) return;
  read_again_at_.reset();
  read_on();
}

std::vector<chat::Command> RegistryLog::read_slice(const chat::Slice& slice, Instant now) {
  std::vector<chat::Command> records;
  for (const auto& entry : slice.entries) {
    if (const auto* missing = std::get_if<chat::Missing>(&entry)) {
      if (missing->why == chat::Missing::Why::kUnread) {
        read_again_at_ = now + kPatience;
        return records;
      }
      count_unreadable(missing->from, missing->to);
      up_to_ = missing->to;
      continue;
    }
    const auto& past = std::get<chat::PastMessage>(entry);
    up_to_ = past.number;
    if (auto record = wire::parse_record(past.message->text)) {
      records.emplace_back(chat::RecordKept{*std::move(record), past.number, past.kept_at,
                                            Network::parse(past.message->author)});
    } else {
      count_unreadable(past.number, past.number);
    }
  }
  up_to_ = slice.up_to;
  read_on();
  tell_when_ready(records);
  return records;
}

void RegistryLog::count_unreadable(chat::Number from, chat::Number to) {
  if (unreadable_ == 0) first_unreadable_ = from;
  unreadable_ += to.value - from.value + 1;
}

bool RegistryLog::is_about_registry(const chat::LogEvent& event) {
  const auto* const not_kept = std::get_if<chat::NotKept>(&event);
  if (not_kept != nullptr) return not_kept->draft.room == kRoom;
  const auto* const advanced = std::get_if<chat::Advanced>(&event);
  return advanced != nullptr && advanced->room == kRoom;
}

std::optional<chat::Command> RegistryLog::read_event(const chat::LogEvent& event) {
  if (const auto* not_kept = std::get_if<chat::NotKept>(&event)) {
    const auto record = wire::parse_record(not_kept->draft.message->text);
    if (!record) return std::nullopt;
    return chat::RecordNotKept{*record, not_kept->trouble};
  }
  const auto& advanced = std::get<chat::Advanced>(event);
  auto record = wire::parse_record(advanced.message->text);
  if (!record) return std::nullopt;
  return chat::RecordKept{*std::move(record), advanced.number, advanced.kept_at,
                          Network::parse(advanced.message->author), advanced.removes_on};
}

}  // namespace palabre::server
