#include "wire/orders.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

#include "base/base64.h"
#include "base/network.h"
#include "base/number.h"
#include "base/time_text.h"
#include "wire/clean.h"
#include "wire/names.h"

namespace palabre::wire {
namespace {

using chat::Order;
using chat::Refusal;
using enum Order::Verb;

constexpr std::string_view kForGood = "good";
constexpr std::size_t kMostReasonBytes = 200;
constexpr std::string_view kKeyMark = "key:";

constexpr std::array kForms{
    OrderForm{"/kick", kKick, {}, "NICK", "end somebody's sessions; they may come back"},
    OrderForm{"/mute", kMute, kUnmute, "NICK", "let somebody read and not write"},
    OrderForm{"/unmute", kUnmute, {}, "NICK", "end the mute"},
    OrderForm{"/ban", kBan, kUnban, "NICK", "keep somebody out"},
    OrderForm{"/unban", kUnban, {}, "NICK", "end the ban"},
    OrderForm{"/freeze", kFreeze, kThaw, "[--for TIME]", "make the room read-only"},
    OrderForm{"/thaw", kThaw, {}, "", "make the room writable again"},
    OrderForm{"/slow", kSlow, {}, "SECONDS", "one message each SECONDS for everybody; 0 ends it"},
    OrderForm{"/delete", kDelete, {}, "NUMBER", "remove a message"},
    OrderForm{"/expel", kExpel, {}, "NICK", "out of a room by invitation, until invited again"},
    OrderForm{"/operator", kAppoint, kDismiss, "NICK", "make somebody an operator"},
    OrderForm{"/dismiss", kDismiss, {}, "NICK", "end an appointment"},
    OrderForm{"/bot", kMarkBot, kUnmarkBot, "NICK", "mark a program as one"},
    OrderForm{"/unbot", kUnmarkBot, {}, "NICK", "end the mark"},
    OrderForm{"/approve", kApprove, {}, "KEY", "let a key become a member"},
    OrderForm{"/operators", kOperators, {}, "", "who decides here"},
    OrderForm{"/decisions", kDecisions, {}, "", "what was decided"},
    OrderForm{"/undo", kUndo, {}, "NUMBER", "take a decision back"},
    OrderForm{"/undo-by", kUndoBy, {}, "NICK", "take back all that somebody has done"},
    OrderForm{"/forget", kForget, {}, "NICK", "end a member's registration"},
    OrderForm{"/forget-room", kForgetRoom, {}, "", "remove all of a room"},
};

std::string_view trim_left(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

std::string_view take_word(std::string_view& text) {
  text = trim_left(text);
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

const OrderForm* find_form(std::string_view name) {
  const auto* const found = std::find_if(kForms.begin(), kForms.end(), [&](const OrderForm& one) {
    return one.name.substr(1) == name;
  });
  return found == kForms.end() ? nullptr : found;
}

std::string usage_of(const OrderForm& form) {
  std::string usage(form.name);
  if (!form.usage.empty()) usage += " " + std::string(form.usage);
  return usage;
}

/// An address with its port, as `Address::label` shows it or as people write it.
std::optional<Address> parse_label(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view ip = text.substr(0, colon);
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);  // [::1]:5000
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  const auto address = Address::parse(std::string(ip), *port);
  return address ? std::optional(*address) : std::nullopt;
}

/// A network; of one address the one that is to be banned with it.
std::optional<Network> parse_network(std::string_view text) {
  auto network = Network::parse(text);
  const bool is_one = network && network->bits == 128 && text.find('/') == std::string_view::npos;
  if (is_one) network = network_to_ban(network->ip);
  return network;
}

/// The options at the end of an order's line.
struct Options {
  bool is_here = false;
  bool is_off = false;
  std::optional<std::chrono::seconds> lasts;
  std::optional<std::chrono::seconds> since;
  std::string why;
};

std::variant<Options, Refusal> take_options(std::string_view text, const std::string& usage) {
  Options options;
  for (text = trim_left(text); !text.empty(); text = trim_left(text)) {
    const std::string_view word = take_word(text);
    if (word == "--here") {
      options.is_here = true;
    } else if (word == "--off") {
      options.is_off = true;
    } else if (word == "--for") {
      const std::string_view time = take_word(text);
      options.lasts = time == kForGood ? std::chrono::seconds(0) : parse_time(time);
      if (!options.lasts) return chat::BadTime{std::string(time)};
    } else if (word == "--since") {
      const std::string_view time = take_word(text);
      options.since = parse_time(time);
      if (!options.since) return chat::BadTime{std::string(time)};
    } else if (word == "--why") {
      options.why = clean_line(text);
      options.why.resize(std::min(options.why.size(), kMostReasonBytes));
      options.why = clean_line(options.why);  // the cut may have split a character, or left a blank
      text = {};
    } else {
      return chat::MissingArgument{usage + " [--for TIME] [--here] [--why TEXT]"};
    }
  }
  return options;
}

}  // namespace

std::span<const OrderForm> order_forms() { return kForms; }

std::string_view name_of(Order::Verb verb) {
  const auto* const found = std::find_if(kForms.begin(), kForms.end(),
                                         [&](const OrderForm& one) { return one.on == verb; });
  return found == kForms.end() ? std::string_view{} : found->name.substr(1);
}

std::optional<chat::Target> parse_whom(std::string_view text) {
  chat::Target target{chat::Nick{}, parse_network(text), std::string(text)};
  if (text.starts_with(kKeyMark)) {
    chat::MemberKey key;
    if (!from_base64(text.substr(kKeyMark.size()), key.bytes)) return std::nullopt;
    target.whom = key;
    return target;
  }
  if (const auto label = parse_label(text)) {
    target.whom = *label;
    return target;
  }
  if (target.bare) {
    target.whom = *target.bare;
    return target;
  }
  auto nick = parse_nick(text.substr(0, text.size() - (text.ends_with('*') ? 1 : 0)));
  if (!nick) return std::nullopt;
  target.whom = *std::move(nick);
  return target;
}

std::string to_text(const chat::MemberKey& key) {
  return std::string(kKeyMark) + to_base64(key.bytes);
}

std::variant<Order, Refusal> parse_order(std::string_view line) {
  const std::string_view name = take_word(line);
  const OrderForm* const form = find_form(name);
  if (form == nullptr) return chat::UnknownCommand{"/" + std::string(name)};
  const std::string usage = usage_of(*form);
  Order order{form->on};
  const chat::OrderRow& row = chat::row_of(form->on);
  if (row.needs_whom || row.needs_number) {
    const std::string_view word = take_word(line);
    if (word.empty() || word.starts_with("--")) return chat::MissingArgument{usage};
    if (row.needs_whom) {
      order.whom = parse_whom(word);
      if (!order.whom) return chat::NobodyThere{clean_line(word)};
    } else {
      const auto number = parse_number<std::uint64_t>(word.substr(word.starts_with('#') ? 1 : 0));
      if (!number) return chat::BadNumber{usage};
      order.number = *number;
    }
  }
  auto taken = take_options(line, usage);
  if (auto* const refusal = std::get_if<Refusal>(&taken)) return std::move(*refusal);
  auto& options = std::get<Options>(taken);
  if (options.is_off && !form->off) return chat::MissingArgument{usage};
  if (options.since && form->on != kUndoBy) return chat::MissingArgument{usage};
  if (options.is_off) order.verb = *form->off;
  order.is_here = options.is_here;
  order.lasts = options.lasts;
  order.since = options.since;
  order.why = std::move(options.why);
  return order;
}

std::string to_line(const Order& order) {
  const chat::OrderRow& row = chat::row_of(order.verb);
  std::string line(name_of(order.verb));
  if (row.needs_whom && order.whom) line += " " + order.whom->written;
  if (row.needs_number) line += " " + std::to_string(order.number);
  if (order.is_here) line += " --here";
  if (order.lasts) {
    line += " --for ";
    line += order.lasts->count() == 0 ? std::string(kForGood)
                                      : std::to_string(order.lasts->count()) + "s";
  }
  if (order.since) line += " --since " + std::to_string(order.since->count()) + "s";
  if (!order.why.empty()) line += " --why " + order.why;
  return line;
}

}  // namespace palabre::wire
