#include "server/registrar.h"

#include <chrono>
#include <memory>
#include <string>
#include <variant>

#include "chat/names.h"
#include "wire/record.h"

namespace palabre::server {
namespace {

constexpr std::size_t kSliceBytes = std::size_t{256} << 10;
constexpr Duration kPatience = std::chrono::seconds(1);

}  // namespace

void Registrar::start(std::size_t accepted) {
  accepted_ = accepted;
  end_ = history_.open(kRoom, chat::RoomName{std::string(chat::kRegistryRoom)}).number;
  started_ = true;
  read_on();
}

void Registrar::read_on() {
  if (up_to_ < end_) history_.read(kRoom, up_to_, kSliceBytes);
}

void Registrar::keep(const chat::Record& record) {
  if (!is_trusted() && std::holds_alternative<chat::NickBound>(record)) {
    refused_.emplace_back(chat::RecordNotKept{record, chat::Trouble::kDamagedRegistry});
    return;
  }
  chat::Message message{chat::Kind::kText, "", wire::to_line(record)};
  history_.append(
      chat::Draft{kRoom, {}, std::make_shared<const chat::Message>(std::move(message)), "", {}});
}

void Registrar::on_deadline(Instant now) {
  if (!read_again_at_ || now < *read_again_at_) return;
  read_again_at_.reset();
  read_on();
}

std::vector<chat::Command> Registrar::take(const chat::Slice& slice, Instant now) {
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
      records.emplace_back(chat::RecordKept{*std::move(record)});
    } else {
      count_unreadable(past.number, past.number);
    }
  }
  up_to_ = slice.up_to;
  read_on();
  return records;
}

void Registrar::count_unreadable(chat::Number from, chat::Number to) {
  if (unreadable_ == 0) first_unreadable_ = from;
  unreadable_ += to.value - from.value + 1;
}

std::optional<chat::Command> Registrar::take(const chat::Verdict& verdict) {
  const auto record = std::visit(
      [](const auto& one) { return wire::parse_record(one.draft.message->text); }, verdict);
  if (!record) return std::nullopt;
  if (const auto* not_kept = std::get_if<chat::NotKept>(&verdict)) {
    return chat::RecordNotKept{*record, not_kept->trouble};
  }
  return chat::RecordKept{*record};
}

}  // namespace palabre::server
