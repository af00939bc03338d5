#pragma once

#include <string>
#include <utility>
#include <variant>

#include "chat/order.h"
#include "require.h"
#include "wire/orders.h"

namespace palabre::fuzz {

/// An order on the machine, where it has no room of its own: about somebody, or about the lobby.
/// Requires a line that is an order.
inline chat::Order order_of(const std::string& line) {
  auto parsed = wire::parse_order(line);
  auto* const order = std::get_if<chat::Order>(&parsed);
  REQUIRE(order != nullptr);
  if (!order->whom) order->room = chat::RoomName{"lobby"};
  return std::move(*order);
}

}  // namespace palabre::fuzz
