#include "quic_loss.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

namespace palabre::bench {
namespace {

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe): there is one thread
    throw std::runtime_error(command + " fails; it needs root, iproute2 and nftables.");
  }
}

// Of the picture, in SVG units.
constexpr double kLeft = 60;
constexpr double kRight = 560;
constexpr double kTop = 30;
constexpr double kBottom = 300;
constexpr double kLeastMs = 0.1;
constexpr double kMostMs = 10'000;

double x_of(unsigned percent) { return kLeft + (kRight - kLeft) * percent / 30.0; }
double y_of(double ms) {
  const double part =
      std::log10(std::clamp(ms, kLeastMs, kMostMs) / kLeastMs) / std::log10(kMostMs / kLeastMs);
  return kBottom - (kBottom - kTop) * part;
}

/// One of a way's two curves; `name` is written beside its end.
std::string curve(const std::vector<Lateness>& points, double Lateness::*what, const char* colour,
                  const char* dashes, const char* name) {
  std::string line;
  for (const Lateness& point : points) {
    line += fmt::format("{:.1f},{:.1f} ", x_of(point.percent), y_of(point.*what));
  }
  const Lateness& last = points.back();
  return fmt::format(
      "<polyline points=\"{0}\" fill=\"none\" stroke=\"{1}\" stroke-width=\"2\" "
      "stroke-dasharray=\"{2}\"/>\n"
      "<text x=\"{3:.1f}\" y=\"{4:.1f}\" fill=\"{1}\">{5}</text>\n",
      line, colour, dashes, x_of(last.percent) + 6, y_of(last.*what) + 4, name);
}

}  // namespace

void enter_own_network() {
  if (::unshare(CLONE_NEWNET) != 0) {
    throw std::runtime_error("A network of its own needs root.");
  }
  run("ip link set lo up");
  run("nft add table inet bad");
  run("nft add chain inet bad way '{ type filter hook input priority 0; }'");
}

void lose(unsigned percent) {
  run("nft flush chain inet bad way");
  if (percent == 0) return;
  run(fmt::format("nft add rule inet bad way numgen random mod 100 '<' {} drop", percent));
}

Lateness lateness_of(unsigned percent, std::size_t messages,
                     std::vector<std::chrono::nanoseconds> latencies) {
  Lateness lateness;
  lateness.percent = percent;
  lateness.missing = messages - latencies.size();
  if (latencies.empty()) return lateness;
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double part) {
    const auto place = static_cast<std::size_t>(part * static_cast<double>(latencies.size() - 1));
    return std::chrono::duration<double, std::milli>(latencies[place]).count();
  };
  lateness.p50_ms = at(0.5);
  lateness.p99_ms = at(0.99);
  return lateness;
}

std::string picture_of(const std::vector<Lateness>& quic, const std::vector<Lateness>& tcp) {
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 350\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"660\" height=\"350\" fill=\"white\"/>\n"
      "<text x=\"60\" y=\"18\">How late messages come: half of them later (dotted), one in a "
      "hundred later (line)</text>\n";
  for (double ms = kLeastMs; ms <= kMostMs; ms *= 10) {
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#ddd\"/>"
        "<text x=\"54\" y=\"{3:.1f}\" text-anchor=\"end\">{4}</text>\n",
        kLeft, kRight, y_of(ms), y_of(ms) + 4,
        ms < 1000 ? fmt::format("{:g} ms", ms) : fmt::format("{:g} s", ms / 1000));
  }
  for (const Lateness& point : quic) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"318\" text-anchor=\"middle\">{}</text>\n",
                       x_of(point.percent), point.percent);
  }
  svg += "<text x=\"310\" y=\"340\" text-anchor=\"middle\">% lost, each way</text>\n";
  svg += curve(tcp, &Lateness::p50_ms, "#b33", "2 4", "");
  svg += curve(tcp, &Lateness::p99_ms, "#b33", "none", "TLS over TCP");
  svg += curve(quic, &Lateness::p50_ms, "#06c", "2 4", "");
  svg += curve(quic, &Lateness::p99_ms, "#06c", "none", "palabre");
  return svg + "</svg>\n";
}

}  // namespace palabre::bench
