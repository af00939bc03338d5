#include "chat/hub.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>
#include <vector>

namespace palabre::chat {
namespace {

double per_second(Duration every) { return 1 / std::chrono::duration<double>(every).count(); }

}  // namespace

Hub::Hub(const Limits& limits, Keeping keeping, Access access)
    : limits_(limits),
      keeping_(std::move(keeping)),
      access_(std::move(access)),
      looks_(access_),
      places_(limits.rooms),
      idle_(limits.idle - std::min(limits.idle_warning, limits.idle / 2), limits.idle),
      absent_(limits.absent, limits.remember_absent),
      topics_({limits.topics_at_once, per_second(limits.topic_every)},
              {limits.all_topics_at_once, per_second(limits.any_topic_every)}),
      budgets_(usual_prices().times(limits.budget_times)),
      orders_({limits.orders_at_once, per_second(limits.order_every)},
              {limits.all_orders_at_once, per_second(limits.any_order_every)}),
      blocks_({limits.blocks_at_once, per_second(limits.block_every)},
              {limits.all_blocks_at_once, per_second(limits.any_block_every)}) {}

Effects Hub::handle(const Command& command, Instant now) {
  Effects effects;
  expire_decisions(now, effects);
  std::visit([&](const auto& one) { on(one, now, effects); }, command);
  return effects;
}

std::optional<Instant> Hub::next_deadline() const {
  auto next = idle_.next_due();
  if (const auto expiry = registry_.decisions().next_expiry()) {
    const auto left =
        std::chrono::microseconds(expiry->seconds * kMicrosecondsPerSecond - wall_at_.microseconds);
    next = std::min(next.value_or(Instant::max()), wall_since_ + left);
  }
  return next;
}

std::vector<Fill> Hub::fills() const {
  std::vector<Fill> fills = registry_.fills();
  fills.push_back({"guests online", guests_, limits_.guests});
  fills.push_back({"sessions of members online", sessions_.size() - guests_, limits_.members});
  fills.push_back({"rooms open", rooms_.size(), limits_.rooms});
  return fills;
}

void Hub::on(const Ask& ask, Instant now, Effects& effects) {
  const auto found = sessions_.find(ask.session);
  if (found == sessions_.end()) return;
  if (!found->second.caps.connection) idle_.heard(ask.session, now);
  found->second.asked_at = now;
  carry_out(ask.session, ask.requests, ask.tag, now, effects);
}

void Hub::carry_out(SessionId session, const std::vector<Request>& requests, Tag tag, Instant now,
                    Effects& effects) {
  bool is_refused = false;
  for (const Request& request : requests) {
    const auto found = sessions_.find(session);
    if (found == sessions_.end() || is_refused) return;
    const Asker by{session, found->second, now, tag, is_refused};
    // A post that is sent again may have been kept before the mute, so it is looked up first.
    const bool is_post = std::holds_alternative<Post>(request);
    if (!is_post && is_heard_by_others(request) && is_muted(found->second, std::nullopt)) {
      return refuse(by, Muted{}, effects);
    }
    std::visit([&](const auto& one) { this->ask(by, one, effects); }, request);
  }
}

void Hub::on(const Tick& /*tick*/, Instant now, Effects& effects) {
  const IdleWatch::Due due = idle_.due(now);
  for (const SessionId session : due.to_warn) {
    effects.push_back(Tell{session, IdleWarning{std::min(limits_.idle_warning, limits_.idle / 2)}});
  }
  for (const SessionId session : due.to_give_up) {
    depart(session, Farewell{Farewell::Why::kIdle}, now, effects);
  }
}

void Hub::on(const Close& /*close*/, Instant now, Effects& effects) {
  early_.clear();
  std::erase_if(waiting_, [](const Waiting& one) {  // nobody comes online during shutdown
    return std::holds_alternative<Arrive>(one.what);
  });
  std::vector<SessionId> everybody;
  everybody.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) everybody.push_back(id);
  std::sort(everybody.begin(), everybody.end());  // deterministic, whatever the hash
  for (const SessionId session : everybody) {
    depart(session, Farewell{Farewell::Why::kClosing}, now, effects);
  }
}

void Hub::answer(const Asker& by, Event event, Effects& effects) {
  effects.push_back(Tell{by.id, std::move(event), by.tag});
}

void Hub::refuse(const Asker& by, Refusal refusal, Effects& effects) {
  by.is_refused = true;
  answer(by, Refused{std::move(refusal)}, effects);
}

void Hub::ask(const Asker& by, const Help& /*help*/, Effects& effects) {
  answer(by, HelpText{}, effects);
}

void Hub::ask(const Asker& by, const Quit& /*quit*/, Effects& effects) {
  depart(by.id, Farewell{Farewell::Why::kQuit}, by.now, effects, by.tag);
}

void Hub::ask(const Asker& by, const NotUnderstood& mistake, Effects& effects) {
  by.session.go_on_after(post_refused_by(mistake.refusal));
  refuse(by, mistake.refusal, effects);
}

}  // namespace palabre::chat
