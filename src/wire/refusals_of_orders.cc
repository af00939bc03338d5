#include "wire/refusals_of_orders.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

#include "wire/orders.h"

namespace palabre::wire {

std::string_view shortened(std::string_view text) {
  constexpr std::size_t kMost = 40;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string words(const chat::NotOperator& not_operator) {
  const std::string_view verb = name_of(not_operator.verb);
  switch (not_operator.least) {
    case chat::Rank::kFounder:
      return fmt::format("/{} is for the member who made this room, and operators of the server.",
                         verb);
    case chat::Rank::kServerOperator:
      return fmt::format("/{} is for operators of the server.", verb);
    case chat::Rank::kMachine:
      if (not_operator.verb != chat::Order::Verb::kAppoint) {
        return fmt::format("/{} is for the machine of the server.", verb);
      }
      return fmt::format(
          "Operators of the server are named on its machine; /{} NICK --here makes one of this "
          "room.",
          verb);
    default:
      return fmt::format("/{} is for operators: /operators lists them.", verb);
  }
}

std::string words(const chat::NobodyThere& nobody) {
  const std::string_view who = shortened(nobody.written);
  if (nobody.is_bare_address) {
    return fmt::format(
        "{} is an address without its port, where several guests may be; write [ADDRESS:PORT].",
        who);
  }
  if (nobody.must_be_member) return fmt::format("{} is no member here.", who);
  return fmt::format("There is no guest or member {} here.", who);
}

std::string words(const chat::Outranked& outranked) {
  if (outranked.written.empty()) {
    return "Not done: the decision is of an operator of a higher rank, or it is about you.";
  }
  return fmt::format("Not done: {} is an operator too.", shortened(outranked.written));
}

std::string words(const chat::NoRoomGiven&) { return "Not done: say for which room."; }

std::string words(const chat::NoSuchDecision& none) {
  return fmt::format("There is no decision {} to take back; /decisions lists them.", none.number);
}

std::string words(const chat::NothingToTakeBack& nothing) {
  using enum chat::Order::Verb;
  const std::string_view who = shortened(nothing.written);
  switch (nothing.verb) {
    case kUnban:
      return fmt::format("{} is not banned.", who);
    case kUnmute:
      return fmt::format("{} is not muted.", who);
    case kDismiss:
      return fmt::format("{} is no operator here.", who);
    case kUnmarkBot:
      return fmt::format("{} is no bot.", who);
    default:
      return "There is nothing to take back.";
  }
}

std::string words(const chat::NetworkTooNarrow& network) {
  return fmt::format(
      "{} is a part of a network that is known as a whole: give one address, or at least an IPv4 "
      "/24 or an IPv6 /64.",
      shortened(network.written));
}

std::string words(const chat::NoSuchMessage& none) {
  return fmt::format("There is no message {} in this room.", none.number);
}

}  // namespace palabre::wire
