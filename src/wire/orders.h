#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "chat/command.h"
#include "chat/event.h"
#include "chat/order.h"

namespace palabre::wire {

// Orders of operators, as people write them, in a chat and on the machine:
//
//     VERB [WHOM | NUMBER] [--here] [--for TIME | --for good] [--since TIME] [--off] [--why TEXT]
//
// `--why` is the last one: the rest of the line is its text.

/// How an order is written.
struct OrderForm {
  std::string_view name;  ///< `/kick`; on the machine without the slash
  chat::Order::Verb on;
  std::optional<chat::Order::Verb> off = {};  ///< with `--off`; nothing: there is no such form
  std::string_view usage = {};                ///< its argument as help shows it
  std::string_view help = {};                 ///< one line
};

/// All of them, in the order of the help. Valid as long as the process.
std::span<const OrderForm> order_forms();

/// The order of a line without a slash. The room is not set, but `is_here` is.
std::variant<chat::Order, chat::Refusal> parse_order(std::string_view line);

/// The line from which `parse_order` makes this order.
std::string to_line(const chat::Order& order);

/// Somebody as an operator names them: `[10.0.0.7:40000]` with or without its brackets, an IP
/// address or a network, `key:` and a key, else a nickname with or without a guest's star. Nothing:
/// it is none of these.
std::optional<chat::Target> parse_whom(std::string_view text);
/// The key, as `parse_whom` reads it.
std::string to_text(const chat::MemberKey& key);

/// Where the reader writes orders, which begins the hints. A guest is not shown by whom and why
/// somebody is an operator.
enum class Reader { kGuest, kInChat, kOnMachine };

/// Of a list, only the last `most_lines` lines.
std::string in_words(const chat::Ruled& ruled, Reader reader,
                     std::size_t most_lines = std::numeric_limits<std::size_t>::max());

/// The act, for a list of decisions: `ban of awa`.
std::string in_words(const chat::Act& act, std::string_view whom);

/// The name of the verb: `kick`.
std::string_view name_of(chat::Order::Verb verb);

}  // namespace palabre::wire
