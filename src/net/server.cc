#include "net/server.h"

#include <algorithm>
#include <variant>

namespace palabre::net {
namespace {

bool is_refusal(const chat::Effect& effect) {
  const auto* tell = std::get_if<chat::Tell>(&effect);
  return tell != nullptr && std::holds_alternative<chat::Refused>(tell->event);
}

}  // namespace

bool Server::on_readable(chat::Instant now) {
  const auto batch = socket_.receive();
  for (const Inbound& inbound : batch) {
    if (const auto incoming = plain_.read(inbound, now)) take(*incoming, now);
  }
  deliver(now);
  return batch.empty();
}

void Server::on_writable(chat::Instant now) { deliver(now); }

void Server::on_history(chat::Instant now) {
  hear_verdicts(now);
  for (const chat::Slice& slice : history_.take_slices()) plain_.take(slice);
  deliver(now);
}

void Server::on_deadline(chat::Instant now) { handle(chat::Tick{}, now); }

void Server::handle(const chat::Command& command, chat::Instant now) {
  decide(command, now);
  deliver(now);
}

std::optional<chat::Instant> Server::next_deadline() const {
  const auto hubs = hub_.next_deadline();
  const auto plains = plain_.next_deadline();
  return hubs && plains ? std::min(*hubs, *plains) : (hubs ? hubs : plains);
}

void Server::hear_verdicts(chat::Instant now) {
  // Verdicts that come meanwhile wait until all of these are through: the numbers are in order.
  for (auto taken = history_.take_verdicts(); !taken.empty(); taken = history_.take_verdicts()) {
    for (const chat::Verdict& verdict : taken) {
      std::visit([&](const auto& one) { decide_alone(one, now); }, verdict);
    }
  }
}

void Server::deliver(chat::Instant now) {
  wants_to_write_ = !plain_.flush(socket_, now);
  for (auto reads = plain_.take_reads(); !reads.empty(); reads = plain_.take_reads()) {
    for (const PlainTransport::Read& read : reads) {
      history_.read(read.room, read.after, read.most_bytes);
    }
    // One that has it at hand answers at once; any other wakes us.
    const auto slices = history_.take_slices();
    if (slices.empty()) return;
    for (const chat::Slice& slice : slices) plain_.take(slice);
    wants_to_write_ = !plain_.flush(socket_, now);
  }
}

void Server::close(chat::Instant now) { handle(chat::Close{}, now); }

void Server::take(const PlainTransport::Incoming& incoming, chat::Instant now) {
  if (incoming.evicts) decide(chat::Evict{*incoming.evicts}, now);
  if (incoming.arrives_from) {
    const chat::Arrive arrive{incoming.session, *incoming.arrives_from};
    if (decide(arrive, now) == Answer::kRefused) return;
  }
  plain_.hush(incoming.is_text ? std::nullopt : std::optional(incoming.session));
  carry_out_requests(incoming, now);
  plain_.hush(std::nullopt);
}

void Server::carry_out_requests(const PlainTransport::Incoming& incoming, chat::Instant now) {
  if (incoming.requests.empty()) decide(chat::Heard{incoming.session}, now);
  for (const chat::Request& request : incoming.requests) {
    // What follows a refused line was meant for another room or name than one has now.
    const chat::FromSession command{incoming.session, request};
    if (decide(command, now) == Answer::kRefused) return;
  }
}

Server::Answer Server::decide(const chat::Command& command, chat::Instant now) {
  const Answer answer = decide_alone(command, now);
  hear_verdicts(now);
  return answer;
}

Server::Answer Server::decide_alone(const chat::Command& command, chat::Instant now) {
  const chat::Effects effects = hub_.handle(command, now);
  for (const chat::Effect& effect : effects) {
    std::visit([&](const auto& one) { carry_out(one); }, effect);
    if (plain_.should_flush() && !wants_to_write_) wants_to_write_ = !plain_.flush(socket_, now);
  }
  return std::any_of(effects.begin(), effects.end(), is_refusal) ? Answer::kRefused
                                                                 : Answer::kTaken;
}

void Server::carry_out(const chat::OpenRoom& effect) {
  plain_.carry_out(effect, history_.open(effect.room, effect.name));
}

void Server::carry_out(const chat::CloseRoom& effect) {
  plain_.carry_out(effect);
  history_.close(effect.room);
}

void Server::carry_out(const chat::Append& effect) { history_.append(effect.draft); }

}  // namespace palabre::net
