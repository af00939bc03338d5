#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "chat/command.h"
#include "chat/effect.h"
#include "chat/hub.h"
#include "chat/limits.h"

// The cost of the hub's decisions, without bytes and sockets.

namespace palabre::chat {
namespace {

constexpr Instant kNow{};

std::string address_of(std::uint64_t guest) { return fmt::format("[192.168.52.2:{}]", guest); }

Limits roomy_limits() {
  Limits limits;
  limits.guests = 100'000;
  return limits;
}

/// Sessions 1 to `guests` join the lobby.
void fill(Hub& hub, std::uint64_t guests) {
  for (std::uint64_t guest = 1; guest <= guests; ++guest) {
    hub.handle(Arrive{{guest}, {address_of(guest), {}}}, kNow);
  }
}

std::uint64_t guests_of(const benchmark::State& state) {
  return static_cast<std::uint64_t>(state.range(0));
}

/// A post and the history's answer: one message's whole way through the hub. Its cost should not
/// depend on the size of the room.
void post(benchmark::State& state) {
  Hub hub(roomy_limits());
  hub.handle(RegistryRead{}, kNow);
  fill(hub, guests_of(state));
  const Ask command{{1}, {Post{.text = std::string(100, 'x')}}, {}};
  Number last;
  for (auto _ : state) {
    const Effects effects = hub.handle(command, kNow);
    const auto& append = std::get<Append>(effects.front());
    benchmark::DoNotOptimize(
        hub.handle(to_command(to_event(Kept{append.draft, {++last.value}})), kNow));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(post)->Arg(10)->Arg(1000);

void arrive_and_quit(benchmark::State& state) {
  const std::uint64_t guests = guests_of(state);
  Hub hub(roomy_limits());
  hub.handle(RegistryRead{}, kNow);
  fill(hub, guests);
  SessionId session{guests};
  const std::string address = address_of(guests + 1);
  for (auto _ : state) {
    ++session.value;
    benchmark::DoNotOptimize(hub.handle(Arrive{session, {address, {}}}, kNow));
    benchmark::DoNotOptimize(hub.handle(Ask{session, {Quit{}}, {}}, kNow));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(arrive_and_quit)->Arg(10)->Arg(1000);

void who(benchmark::State& state) {
  Hub hub(roomy_limits());
  hub.handle(RegistryRead{}, kNow);
  fill(hub, guests_of(state));
  const Ask command{{1}, {Who{}}, {}};
  for (auto _ : state) benchmark::DoNotOptimize(hub.handle(command, kNow));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(who)->Arg(10)->Arg(1000);

/// Its cost should not depend on the number of people online.
void tick_with_nobody_due(benchmark::State& state) {
  Hub hub(roomy_limits());
  hub.handle(RegistryRead{}, kNow);
  fill(hub, guests_of(state));
  const Instant now = kNow + std::chrono::seconds(1);
  for (auto _ : state) benchmark::DoNotOptimize(hub.handle(Tick{}, now));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tick_with_nobody_due)->Arg(10)->Arg(1000);

}  // namespace
}  // namespace palabre::chat
