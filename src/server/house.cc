#include "server/house.h"

#include <algorithm>
#include <variant>

#include "wire/clean.h"

namespace palabre::server {
namespace {

bool is_refusal(const chat::Effect& effect) {
  const auto* tell = std::get_if<chat::Tell>(&effect);
  return tell != nullptr && std::holds_alternative<chat::Refused>(tell->event);
}

}  // namespace

void Server::admit_members(MemberTransport& members, link::LinkCarrier& carrier, Instant now,
                           std::size_t unreadable) {
  members_ = &members;
  carrier_ = &carrier;
  registrar_.start(unreadable);
  on_history(now);
}

bool Server::on_readable(Instant now) {
  const auto batch = socket_.receive();
  for (const link::Inbound& inbound : batch) read(inbound, now);
  deliver(now);
  return batch.empty();
}

/// One port for plain text and QUIC: DESIGN.md says by which rules, in which order.
void Server::read(const link::Inbound& inbound, Instant now) {
  if (carrier_ != nullptr) {
    if (carrier_->owns(inbound.bytes)) {
      carrier_->read(inbound, now);
      return hear_members(now);
    }
    if (!plain_.knows(inbound.path.peer) && !wire::clean(inbound.bytes).was_utf8) {
      plain_.count_stray();
      return carrier_->read_stray(inbound, now);
    }
  }
  if (const auto incoming = plain_.read(inbound, now)) take(*incoming, now);
}

void Server::hear_members(Instant now) {
  if (!registrar_.is_ready()) return;
  while (const auto command = members_->next_command(now)) decide(*command, now);
}

void Server::on_writable(Instant now) { deliver(now); }

void Server::on_history(Instant now) {
  hear_verdicts(now);
  for (const chat::Slice& slice : history_.take_slices()) take(slice, now);
  if (members_ != nullptr) hear_members(now);
  deliver(now);
}

void Server::take(const chat::Slice& slice, Instant now) {
  if (slice.room == Registrar::kRoom) {
    for (const chat::Command& record : registrar_.take(slice, now)) decide_alone(record, now);
    return;
  }
  const auto asker = askers_.find(slice.room);
  if (asker == askers_.end() || asker->second.empty()) return;
  const bool is_members = asker->second.front() == Asker::kMembers;
  asker->second.pop_front();
  is_members ? members_->take(slice, now) : plain_.take(slice);
}

void Server::on_deadline(Instant now) {
  if (carrier_ != nullptr) {
    registrar_.on_deadline(now);
    carrier_->on_deadline(now);
    members_->on_deadline(now);
    hear_members(now);
  }
  handle(chat::Tick{}, now);
}

void Server::handle(const chat::Command& command, Instant now) {
  decide(command, now);
  deliver(now);
}

std::optional<Instant> Server::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&](std::optional<Instant> due) {
    if (due) next = std::min(next.value_or(*due), *due);
  };
  consider(hub_.next_deadline());
  consider(plain_.next_deadline());
  if (carrier_ != nullptr) {
    consider(registrar_.next_deadline());
    consider(carrier_->next_deadline());
    consider(members_->next_deadline());
  }
  return next;
}

void Server::hear_verdicts(Instant now) {
  // Verdicts that come meanwhile wait until all of these are through: the numbers are in order.
  for (bool has_more = true; has_more;) {
    const auto refused = registrar_.take_refused();
    for (const chat::Command& record : refused) decide_alone(record, now);
    const auto taken = history_.take_verdicts();
    for (const chat::Verdict& verdict : taken) hear(verdict, now);
    has_more = !refused.empty() || !taken.empty();
  }
}

void Server::hear(const chat::Verdict& verdict, Instant now) {
  const bool is_record =
      std::visit([](const auto& one) { return one.draft.room == Registrar::kRoom; }, verdict);
  if (is_record) {
    if (const auto command = registrar_.take(verdict)) decide_alone(*command, now);
    return;
  }
  std::visit([&](const auto& one) { decide_alone(one, now); }, verdict);
}

void Server::deliver(Instant now) {
  flush_all(now);
  // What was read at once may be due at once; any other history wakes us.
  while (ask_history() || reads_registry()) {
    const auto slices = history_.take_slices();
    if (slices.empty()) return;
    for (const chat::Slice& slice : slices) take(slice, now);
    flush_all(now);
  }
}

/// Who is handed its answers may be heard further, as far as it has said anything.
void Server::flush_all(Instant now) {
  flush(now);
  if (members_ == nullptr || !registrar_.is_ready()) return;
  while (members_->has_input()) {
    hear_members(now);
    flush(now);
  }
}

void Server::flush(Instant now) {
  wants_to_write_ = !plain_.flush(socket_, now);
  if (carrier_ == nullptr) return;
  // What a flush makes room for may be due at once.
  members_->deliver();
  if (!carrier_->flush(socket_, now)) wants_to_write_ = true;
}

bool Server::reads_registry() const { return members_ != nullptr && !registrar_.is_ready(); }

bool Server::ask_history() {
  const auto ask = [&](const auto& reads, Asker asker) {
    for (const auto& read : reads) {
      askers_[read.room].push_back(asker);
      history_.read(read.room, read.after, read.most_bytes);
    }
    return !reads.empty();
  };
  const bool for_plain = ask(plain_.take_reads(), Asker::kPlain);
  return (members_ != nullptr && ask(members_->take_reads(), Asker::kMembers)) || for_plain;
}

void Server::close(Instant now) {
  handle(chat::Close{}, now);
  if (carrier_ == nullptr) return;
  carrier_->close_all("the server is closing", now);
  deliver(now);
}

void Server::take(const PlainTransport::Incoming& incoming, Instant now) {
  if (incoming.evicts) decide(chat::Evict{*incoming.evicts}, now);
  if (incoming.arrives_from) {
    const chat::Arrive arrive{incoming.session, *incoming.arrives_from};
    if (decide(arrive, now) == Answer::kRefused) return;
  }
  plain_.hush(incoming.is_text ? std::nullopt : std::optional(incoming.session));
  carry_out_requests(incoming, now);
  plain_.hush(std::nullopt);
}

void Server::carry_out_requests(const PlainTransport::Incoming& incoming, Instant now) {
  if (incoming.requests.empty()) decide(chat::Heard{incoming.session}, now);
  for (const chat::Request& request : incoming.requests) {
    // What follows a refused line was meant for another room or name than one has now.
    const chat::FromSession command{
        incoming.session,
        may_be_taken(request) ? request : chat::NotUnderstood{chat::StillStarting{}}};
    if (decide(command, now) == Answer::kRefused) return;
  }
}

/// Whose a nickname is, is not known before the registry has been read.
bool Server::may_be_taken(const chat::Request& request) const {
  return !reads_registry() || !std::holds_alternative<chat::TakeNick>(request);
}

Server::Answer Server::decide(const chat::Command& command, Instant now) {
  const Answer answer = decide_alone(command, now);
  hear_verdicts(now);
  return answer;
}

Server::Answer Server::decide_alone(const chat::Command& command, Instant now) {
  const chat::Effects effects = hub_.handle(command, now);
  for (const chat::Effect& effect : effects) {
    std::visit([&](const auto& one) { carry_out(one); }, effect);
    if (plain_.should_flush() && !wants_to_write_) wants_to_write_ = !plain_.flush(socket_, now);
  }
  return std::any_of(effects.begin(), effects.end(), is_refusal) ? Answer::kRefused
                                                                 : Answer::kTaken;
}

void Server::carry_out(const chat::OpenRoom& effect) {
  const chat::Cursor end = history_.open(effect.room, effect.name);
  plain_.carry_out(effect, end);
  if (members_ != nullptr) members_->carry_out(effect, end);
}

void Server::carry_out(const chat::CloseRoom& effect) {
  plain_.carry_out(effect);
  if (members_ != nullptr) members_->carry_out(effect);
  askers_.erase(effect.room);  // of a room that is closed no slice comes
  history_.close(effect.room);
}

void Server::carry_out(const chat::RoomAdvanced& effect) {
  plain_.carry_out(effect);
  if (members_ != nullptr) members_->carry_out(effect);
}

void Server::carry_out(const chat::ShowPast& effect) { members_->carry_out(effect); }

void Server::carry_out(const chat::Append& effect) { history_.append(effect.draft); }

void Server::carry_out(const chat::KeepRecord& effect) { registrar_.keep(effect.record); }

}  // namespace palabre::server
