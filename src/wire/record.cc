#include "wire/record.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/base64.h"
#include "base/network.h"
#include "chat/decisions.h"
#include "wire/record_fields.h"

namespace palabre::wire {
namespace {

std::string text_to_base64(std::string_view text) {
  return to_base64(std::vector<std::uint8_t>(text.begin(), text.end()));
}
std::string line_of(const chat::NickBound& bound) {
  return fmt::format("member {} {} {}", to_base64(bound.key.bytes), bound.nick.shown,
                     text_to_base64(bound.nick.key));
}
std::string line_of(const chat::InviteMade& made) {
  return fmt::format("invite {} {} {} {}", to_base64(made.hash.bytes), made.room.text,
                     made.expiry.seconds, made.uses);
}
std::string line_of(const chat::InviteUsed& used) {
  return fmt::format("admitted {} {}", to_base64(used.hash.bytes), to_base64(used.by.bytes));
}
std::string line_of(const chat::InviteRevoked& revoked) {
  return fmt::format("revoke {}", to_base64(revoked.hash.bytes));
}
std::string line_of(const chat::DirectOpened& opened) {
  return fmt::format("{} {} {}", opened.is_asked ? "asked" : "direct", to_base64(opened.a.bytes),
                     to_base64(opened.b.bytes));
}
std::string line_of(const chat::Blocked& blocked) {
  return fmt::format("{} {} {}", blocked.holds ? "block" : "unblock", to_base64(blocked.by.bytes),
                     to_base64(blocked.whom.bytes));
}
std::string line_of(const chat::TrialEnded& ended) {
  return fmt::format("{} {}", ended.stays ? "stays" : "lapsed", to_base64(ended.key.bytes));
}

// A fact's word, the room, and its other fields.
std::string line_of(const chat::RoomName& room, const chat::Frozen& frozen) {
  return fmt::format("{} {}", frozen.frozen ? "freeze" : "thaw", room.text);
}
std::string line_of(const chat::RoomName& room, const chat::Topic& topic) {
  return fmt::format("topic {} {} {}", room.text, topic.by, text_to_base64(topic.text));
}
std::string line_of(const chat::RoomName& room, const chat::Slow& /*only ends this way*/) {
  return fmt::format("fast {}", room.text);
}
std::string line_of(const chat::RoomFact& fact) {
  std::string line =
      std::visit([&](const auto& one) { return line_of(fact.room, one); }, fact.fact);
  const bool has_owner = std::holds_alternative<chat::Topic>(fact.fact) && !fact.owner.empty();
  return has_owner ? line + " " + fact.owner : line;
}

std::string text_of(const std::optional<chat::MemberKey>& key) {
  return key ? to_base64(key->bytes) : std::string(kNoField);
}
std::string line_of(const chat::RoomFounded& founded) {
  return fmt::format("founder {} {}", founded.room.text, text_of(founded.by));
}
std::string line_of(const chat::Undone& undone) {
  return fmt::format("undo {} {}", undone.decision.value, text_of(undone.by));
}

std::string text_of(const chat::Whom& whom) {
  if (const auto* const key = std::get_if<chat::MemberKey>(&whom)) {
    return fmt::format("key:{}", to_base64(key->bytes));
  }
  const auto* const guest = std::get_if<chat::GuestAt>(&whom);
  if (guest != nullptr) return fmt::format("guest:{}", guest->address);
  return fmt::format("net:{}", to_text(std::get<Network>(whom)));
}

/// The word of an act, and its number, if it has one.
struct ActWord {
  std::string_view word;
  std::uint64_t number = 0;
};
ActWord word_of(const chat::Act& act) {
  struct Words {
    ActWord operator()(const chat::Kick&) const { return {"kick"}; }
    ActWord operator()(const chat::Ban&) const { return {"ban"}; }
    ActWord operator()(const chat::Mute&) const { return {"mute"}; }
    ActWord operator()(const chat::Appoint&) const { return {"operator"}; }
    ActWord operator()(const chat::MarkBot&) const { return {"bot"}; }
    ActWord operator()(const chat::Approve&) const { return {"approve"}; }
    ActWord operator()(const chat::Expel&) const { return {"expel"}; }
    ActWord operator()(const chat::Delete& one) const { return {"delete", one.number.value}; }
    ActWord operator()(const chat::UndoBy& undo) const {
      return {"undo-by", static_cast<std::uint64_t>(undo.since)};
    }
    ActWord operator()(const chat::Forget&) const { return {"forget"}; }
    ActWord operator()(const chat::ForgetRoom&) const { return {"forget-room"}; }
    ActWord operator()(const chat::Rule& rule) const {
      const auto* const slow = std::get_if<chat::Slow>(&rule.fact);
      return slow == nullptr ? ActWord{"freeze"} : ActWord{"slow", slow->seconds};
    }
  };
  return std::visit(Words{}, act);
}

std::string line_of(const chat::Decision& decision) {
  const ActWord act = word_of(decision.act);
  const auto whom = chat::whom_of(decision.act);
  const auto room = chat::scope_of(decision.act);
  return fmt::format("decision {} {} {} {} {} {} {}", act.word, text_of(decision.by),
                     decision.until.seconds, room ? room->text : kNoField,
                     whom ? text_of(*whom) : kNoField, act.number,
                     decision.why.empty() ? std::string(kNoField) : text_to_base64(decision.why));
}

}  // namespace

std::string to_line(const chat::Record& record) {
  return std::visit([](const auto& one) { return line_of(one); }, record);
}

}  // namespace palabre::wire
