#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/hub.h"

// Orders that end earlier decisions.

namespace palabre::chat {
namespace {

using Verb = Order::Verb;

/// The acts that an order of this verb takes back.
std::vector<Number> about(const Decisions& decisions, Verb verb, const Whom& whom) {
  switch (verb) {
    case Verb::kUnban:
      return decisions.about<Ban>(whom);
    case Verb::kUnmute:
      return decisions.about<Mute>(whom);
    case Verb::kDismiss:
      return decisions.about<Appoint>(whom);
    default:
      return decisions.about<MarkBot>(whom);
  }
}

}  // namespace

bool Hub::may_take_back(const Ruling& ruling, const Decision& decision) const {
  if (ruling.rank == Rank::kMachine) return true;
  const auto scope = scope_of(decision.act);
  const auto whom = whom_of(decision.act);
  const bool is_appointment = std::holds_alternative<Appoint>(decision.act);
  if (whom && ruling.key && *whom == Whom(*ruling.key)) return is_appointment;  // steps back
  if (is_appointment && (!scope || ruling.rank < Rank::kFounder)) return false;
  const Rank by = decision.by ? rank_of(decision.by, scope) : Rank::kServerOperator;
  return by <= ruling.rank;
}

bool Hub::is_overruled(const Ruling& ruling, const Act& act) const {
  const auto* const before = registry_.decisions().superseded_by(act);
  return before != nullptr && !may_take_back(ruling, before->decision);
}

void Hub::take_back(const Ruling& ruling, Effects& effects) {
  const auto numbers = ruling.order.verb == Verb::kUndo ? numbered(ruling, effects)
                       : ruling.whom                    ? about_somebody(ruling, effects)
                                                        : on_a_fact(ruling, effects);
  if (!numbers) return;
  if (numbers->empty()) {
    const std::string whom = ruling.order.whom ? ruling.order.whom->written : "";
    return answer(ruling.by, Refused{NothingToTakeBack{ruling.order.verb, whom}}, effects);
  }
  Ruling last = ruling;
  last.taken_back = numbers->size();
  for (const Number number : *numbers) {
    const Record record = Undone{number, ruling.key};
    if (number != numbers->back()) {
      effects.push_back(KeepRecord{record});
    } else {
      wait_for({ruling.by.by, record, last, ruling.by.tag}, effects);
    }
  }
}

std::optional<std::vector<Number>> Hub::numbered(const Ruling& ruling, Effects& effects) {
  const Number number{ruling.order.number};
  const auto* const entry = registry_.decisions().find(number);
  if (entry == nullptr || !may_see(ruling, entry->decision)) {
    answer(ruling.by, Refused{NoSuchDecision{number.value}}, effects);
    return std::nullopt;
  }
  if (!may_take_back(ruling, entry->decision)) {
    answer(ruling.by, Refused{Outranked{}}, effects);
    return std::nullopt;
  }
  return std::vector{number};
}

std::optional<std::vector<Number>> Hub::about_somebody(const Ruling& ruling, Effects& effects) {
  const auto* const key = std::get_if<MemberKey>(&*ruling.whom);
  const bool is_founder = ruling.order.verb == Verb::kDismiss && ruling.room && key != nullptr &&
                          is_founder_of(*key, *ruling.room);
  if (is_founder) {
    Ruling last = ruling;
    last.taken_back = 1;
    wait_for({ruling.by.by, RoomFounded{*ruling.room, {}}, last, ruling.by.tag}, effects);
    return std::nullopt;
  }
  const Decisions& decisions = registry_.decisions();
  auto all = about(decisions, ruling.order.verb, *ruling.whom);
  std::erase_if(all,
                [&](Number number) { return !may_see(ruling, decisions.find(number)->decision); });
  auto numbers = all;
  std::erase_if(numbers, [&](Number number) {
    return scope_of(decisions.find(number)->decision.act) != ruling.room;
  });
  // An order for everywhere is about rooms where there is nothing else.
  if (numbers.empty() && !ruling.room) numbers = all;
  const bool has_some = !numbers.empty();
  std::erase_if(numbers, [&](Number number) {
    return !may_take_back(ruling, decisions.find(number)->decision);
  });
  if (has_some && numbers.empty()) {
    answer(ruling.by, Refused{Outranked{}}, effects);
    return std::nullopt;
  }
  return numbers;
}

std::optional<std::vector<Number>> Hub::on_a_fact(const Ruling& ruling, Effects& effects) {
  const auto no = [&](Refusal refusal) {
    answer(ruling.by, Refused{std::move(refusal)}, effects);
    return std::nullopt;
  };
  const Fact fact = ruling.order.verb == Verb::kSlow ? Fact(Slow{}) : Fact(Frozen{false});
  const bool is_coming = std::ranges::any_of(waiting_, [&](const Waiting& one) {
    const auto* const decision = std::get_if<Decision>(&one.record);
    const auto* const rule = decision != nullptr ? std::get_if<Rule>(&decision->act) : nullptr;
    return rule != nullptr && rule->room == *ruling.room && rule->fact.index() == fact.index();
  });
  if (is_coming) return no(TooFast{});
  if (const auto* const entry = registry_.decisions().superseded_by(Rule{*ruling.room, fact})) {
    if (!may_take_back(ruling, entry->decision)) return no(Outranked{});
    return std::vector{entry->number};
  }
  // The fact may have been set before facts were decisions.
  const Record record = RoomFact{*ruling.room, fact};
  if (registry_.propose(record) == Registry::Proposed::kReserved) {
    wait_for({ruling.by.by, record, ruling, ruling.by.tag}, effects);
  } else {
    answer(ruling.by, answer_to(ruling, {Rule{*ruling.room, fact}}), effects);
  }
  return std::nullopt;
}

}  // namespace palabre::chat
