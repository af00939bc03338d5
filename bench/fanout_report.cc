#include "fanout_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace palabre::bench {
namespace {

using Row = std::vector<std::string>;

/// A Markdown table with aligned columns: the first to the left, the others to the right.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 3);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += i == 0 ? fmt::format("| {:<{}} |", rows[row][i], widths[i])
                     : fmt::format(" {:>{}} |", rows[row][i], widths[i]);
    }
    text += '\n';
    if (row > 0) continue;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += i == 0 ? fmt::format("|:{:-<{}}-|", "", widths[i])
                     : fmt::format("-{:-<{}}:|", "", widths[i]);
    }
    text += '\n';
  }
  return text;
}

std::string with_spread(const Spread& spread) {
  return fmt::format("{:.2f} ({:.2f}..{:.2f})", spread.median, spread.least, spread.most);
}

std::string what_went_wrong(const Rounds& rounds) {
  if (rounds.per_cpu_second.empty()) return "not measured";
  return fmt::format("INCOMPLETE: {} lost, {} wrong", rounds.lost, rounds.unexpected);
}

std::string rate_of(const Rounds& rounds) {
  if (!rounds.is_complete()) return what_went_wrong(rounds);
  return fmt::format("{:.0f}", spread_of(rounds.per_cpu_second).median / 1000);
}

std::string ratio_of(const Rounds& way, const Rounds& base) {
  if (!way.is_complete() || !base.is_complete()) return "none";
  return with_spread(ratio(way, base));
}

std::string comparison(const std::vector<RoomFigures>& rooms) {
  std::vector<Row> rows{{"guests", "palabre", "bare", "exercise", "palabre/bare",
                         "palabre/exercise", "lines/datagram", "rounds"}};
  for (const RoomFigures& room : rooms) {
    const Rounds& palabre = of_way(room.rounds, kPalabre);
    const Rounds& bare = of_way(room.rounds, kBare);
    const Rounds& exercise = of_way(room.rounds, kExercise);
    const double packed = palabre.datagrams == 0 ? 0
                                                 : static_cast<double>(palabre.deliveries) /
                                                       static_cast<double>(palabre.datagrams);
    rows.push_back({fmt::format("{}", room.guests), rate_of(palabre), rate_of(bare),
                    rate_of(exercise), ratio_of(palabre, bare), ratio_of(palabre, exercise),
                    fmt::format("{:.1f}", packed),
                    fmt::format("{}", palabre.per_cpu_second.size())});
  }
  return table(rows);
}

std::string bar(const std::vector<RoomFigures>& rooms) {
  for (const RoomFigures& room : rooms) {
    if (room.guests != kBarGuests) continue;
    const Rounds& palabre = of_way(room.rounds, kPalabre);
    const Rounds& bare = of_way(room.rounds, kBare);
    if (!palabre.is_complete() || !bare.is_complete()) break;
    const double median = ratio(palabre, bare).median;
    return fmt::format("The bar is palabre/bare >= {:.2f} at {} guests: {:.2f}, {}.\n", kBar,
                       kBarGuests, median, median >= kBar ? "met" : "MISSED");
  }
  return fmt::format("The bar is palabre/bare >= {:.2f} at {} guests: not measured.\n", kBar,
                     kBarGuests);
}

std::string sockets(const RoomFigures& room) {
  std::vector<Row> rows{{"way", "thousands/CPU-s", "way/bare"}};
  for (const Rounds& rounds : room.rounds) {
    rows.push_back({rounds.way, rate_of(rounds), ratio_of(rounds, of_way(room.rounds, kBare))});
  }
  return fmt::format(
      "## What the kind of socket costs, {} guests, isolated\n\n"
      "- bare: an IPv4 socket\n"
      "- bare6: an IPv6 socket that serves IPv4 too, as palabre's is\n"
      "- +near: each datagram says from which address to send it, in a note of 40 bytes in IPv6,\n"
      "  for which the kernel allocates memory\n"
      "- +near36: the same without the note's padding, as palabre's datagrams do\n\n"
      "{}\n",
      room.guests, table(rows));
}

std::string microseconds(const Spread& spread) {
  return fmt::format("{:.0f} ({:.0f}..{:.0f})", spread.median, spread.least, spread.most);
}

std::string latency(const std::vector<Findings::Latency>& latencies) {
  std::vector<Row> rows{{"guests", "messages/s", "deliveries/s", "p50 us", "p99 us", "max us"}};
  for (const auto& [guests, figures] : latencies) {
    const double messages = figures.offered_per_second / static_cast<double>(guests - 1);
    Row row{fmt::format("{}", guests), fmt::format("{:.0f}", messages),
            fmt::format("{:.0f}", figures.offered_per_second)};
    if (figures.is_complete()) {
      row.insert(row.end(), {microseconds(figures.p50_us), microseconds(figures.p99_us),
                             microseconds(figures.most_us)});
    } else {
      const std::string wrong =
          fmt::format("INCOMPLETE: {} lost, {} wrong", figures.lost, figures.unexpected);
      row.insert(row.end(), {wrong, "none", "none"});
    }
    rows.push_back(std::move(row));
  }
  return table(rows);
}

std::string memory(const MemoryFigures& figures) {
  if (!figures.is_complete) return "INCOMPLETE: deliveries were lost.\n";
  const auto row = [&](const char* name, std::size_t few, std::size_t many) {
    const double growth = static_cast<double>(many) - static_cast<double>(few);
    const auto guests = static_cast<double>(figures.many - figures.few);
    return Row{name, fmt::format("{} KiB", few / 1024), fmt::format("{} KiB", many / 1024),
               fmt::format("{:.0f} bytes", growth / guests)};
  };
  return table(
      {{"", fmt::format("{} guests", figures.few), fmt::format("{} guests", figures.many),
        "a guest more"},
       row("RSS", figures.with_few.resident_bytes, figures.with_many.resident_bytes),
       row("Pss", figures.with_few.proportional_bytes, figures.with_many.proportional_bytes)});
}

bool all_complete(const std::vector<Rounds>& all) {
  return std::all_of(all.begin(), all.end(), [](const Rounds& one) { return one.is_complete(); });
}

}  // namespace

const Rounds& of_way(const std::vector<Rounds>& all, std::string_view way) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Rounds& one) { return one.way == way; });
  if (found == all.end()) throw std::logic_error(fmt::format("{} took no part", way));
  return *found;
}

bool is_complete(const Findings& findings) {
  const auto room_complete = [](const RoomFigures& room) { return all_complete(room.rounds); };
  return std::all_of(findings.isolated.begin(), findings.isolated.end(), room_complete) &&
         std::all_of(findings.saturated.begin(), findings.saturated.end(), room_complete) &&
         room_complete(findings.sockets) && findings.memory.is_complete &&
         std::all_of(findings.latencies.begin(), findings.latencies.end(),
                     [](const auto& one) { return one.figures.is_complete(); });
}

std::string report(const Findings& findings) {
  std::string text = fmt::format(
      "## Isolated: one message at a time, one datagram a delivery\n\n"
      "Thousands of deliveries per CPU-second of the server, medians of the rounds.\n"
      "Ratios: median (min..max).\n\n{}\n{}\n"
      "## Saturated: many messages on their way, from several authors\n\n"
      "The same figures. Deliveries are counted by lines; palabre packs several in a datagram.\n\n"
      "{}\n",
      comparison(findings.isolated), bar(findings.isolated), comparison(findings.saturated));
  if (!findings.sockets.rounds.empty()) text += sockets(findings.sockets);
  text += fmt::format(
      "## Latency of palabre at half its saturation rate\n\n"
      "From when a post was due to each delivery of it: medians (min..max) of the runs.\n\n{}\n"
      "## Memory of palabre\n\n{}",
      latency(findings.latencies), memory(findings.memory));
  return text;
}

}  // namespace palabre::bench
