#include "bench/harness/roofline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

namespace fno::bench {
namespace {

constexpr double kWidth = 1000, kHeight = 640, kLeft = 70, kRight = 24, kTop = 64, kBottom = 56;
constexpr double kLetter = 6.2, kLine = 11;  // of a label, at its size of font

struct Axis {
  double low, high, from, to;  // values and places of its ends
  [[nodiscard]] double place(double value) const {
    return from + (to - from) * std::log(value / low) / std::log(high / low);
  }
};

struct Box {
  double x, y, width, height;
  [[nodiscard]] bool meets(const Box& o) const {
    return x < o.x + o.width && o.x < x + width && y < o.y + o.height && o.y < y + height;
  }
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

std::string text_at(double x, double y, std::string_view text, std::string_view style = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, style, escaped(text));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view kind) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kind, x1, y1, x2,
                     y2);
}

std::string value_of(const Report& report, std::string_view key) {
  for (const auto& [name, value] : report.run)
    if (name == key) return value;
  return "";
}

// Ends of an axis that hold these values with room around, at 1, 2 or 5 times a power of ten.
Axis axis_over(const std::vector<double>& values, double from, double to) {
  const auto [low, high] = std::ranges::minmax(values);
  const auto nice = [](double value, bool up) {
    const double power = std::pow(10, std::floor(std::log10(value)));
    if (up) {
      for (const double step : {1, 2, 5, 10})
        if (step * power >= value) return step * power;
    }
    for (const double step : {5, 2, 1})
      if (step * power <= value) return step * power;
    return power;
  };
  return {nice(low / 1.3, false), nice(high * 1.3, true), from, to};
}

std::string grid_of(const Axis& x, const Axis& y) {
  std::string out;
  const auto ticks = [](const Axis& axis, const auto& draw) {
    for (double power = std::pow(10, std::floor(std::log10(axis.low))); power <= axis.high; power *= 10)
      for (const double step : {1, 2, 5})
        if (const double value = step * power; value >= axis.low * 0.999 && value <= axis.high * 1.001) draw(value);
  };
  ticks(x, [&](double value) {
    out += line(x.place(value), y.from, x.place(value), y.to, "grid");
    out += text_at(x.place(value), y.from + 18, fmt::format("{:g}", value), "text-anchor=\"middle\"");
  });
  ticks(y, [&](double value) {
    out += line(x.from, y.place(value), x.to, y.place(value), "grid");
    out += text_at(x.from - 8, y.place(value) + 4, fmt::format("{:g}", value), "text-anchor=\"end\"");
  });
  return out;
}

// The roofs, and what they are.
std::string roofs_of(const Roof& roof, const Axis& x, const Axis& y, std::vector<Box>& taken) {
  const double ridge = roof.product_gflop_per_s / roof.copy_gb_per_s;
  const double start = std::max(x.low, y.low / roof.copy_gb_per_s), corner = std::clamp(ridge, x.low, x.high);
  std::string out = line(x.place(start), y.place(start * roof.copy_gb_per_s), x.place(corner),
                         y.place(std::min(corner, ridge) * roof.copy_gb_per_s), "roof");
  if (corner < x.high)
    out += line(x.place(corner), y.place(roof.product_gflop_per_s), x.to, y.place(roof.product_gflop_per_s), "roof");
  const std::string copy = fmt::format("copy {:.1f} GB/s", roof.copy_gb_per_s),
                    product = fmt::format("product {:.0f} Gflop/s", roof.product_gflop_per_s);
  const double at = std::sqrt(start * corner), slope = (y.place(2) - y.place(1)) / (x.place(2) - x.place(1));
  out += fmt::format(
      "<text class=\"name\" text-anchor=\"middle\" transform=\"translate({:.1f} {:.1f}) rotate({:.1f})\">{}</text>\n",
      x.place(at) - 5, y.place(at * roof.copy_gb_per_s) - 6, std::atan(slope) * 180 / std::acos(-1.0), copy);
  const double width = kLetter * static_cast<double>(product.size());
  if (corner < x.high)
    out += text_at(x.to - width - 12, y.place(roof.product_gflop_per_s) - 7, product, "class=\"name\"");
  taken.push_back({x.to - width - 12, y.place(roof.product_gflop_per_s) - 18, width + 12, 22});
  return out;
}

// What the colours mean, if rows of layers are among these.
std::string legend_of(const std::vector<Result>& results) {
  std::string out;
  double x = kWidth - kRight - 250;
  for (const char* kind : {"operator", "forward", "train"}) {
    const auto is_kind = [&](const Result& r) { return r.name.ends_with(fmt::format("/{}", kind)); };
    if (!std::ranges::any_of(results, is_kind)) continue;
    out += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"40\" r=\"4\"/>\n", kind, x) + text_at(x + 9, 44, kind);
    x += 80;
  }
  return out;
}

// Beside its point wherever no other label or point is; further away with a line to it.
std::string label_of(const std::string& name, double px, double py, const Axis& x, const Axis& y,
                     std::vector<Box>& taken) {
  const double width = kLetter * static_cast<double>(name.size());
  constexpr int kTurns = 16;
  for (double away = 8; away < 120; away += 6)
    for (int turn = 0; turn < kTurns; ++turn) {
      const double angle = 2 * std::acos(-1.0) * turn / kTurns, dx = std::cos(angle), dy = std::sin(angle);
      const double cx = px + dx * (away + width / 2), cy = py + dy * (away + kLine / 2);
      const Box box{cx - width / 2 - 1, cy - kLine / 2 - 1, width + 2, kLine + 2};
      if (box.x < x.from || box.x + width > x.to || box.y < y.to || box.y + kLine > y.from) continue;
      if (std::ranges::any_of(taken, [&](const Box& other) { return box.meets(other); })) continue;
      taken.push_back(box);
      std::string out = text_at(box.x, box.y + kLine - 2, name, "class=\"label\"");
      if (away > 14) out += line(px, py, std::clamp(px, box.x, box.x + width), cy, "lead");
      return out;
    }
  return "";  // the name still shows on hovering over the point
}

}  // namespace

void write_roofline(const Report& report, const std::string& path) {
  const Roof roof = report.roof();
  std::vector<double> intensity{roof.product_gflop_per_s / roof.copy_gb_per_s}, rate{roof.product_gflop_per_s};
  for (const Result& r : report.results) {
    intensity.push_back(r.work.flop / r.work.bytes());
    rate.push_back(1e-9 * r.work.flop / r.median());
  }
  const Axis x = axis_over(intensity, kLeft, kWidth - kRight), y = axis_over(rate, kHeight - kBottom, kTop);

  std::vector<Box> taken;
  std::string body = grid_of(x, y) + roofs_of(roof, x, y, taken), labels;
  for (std::size_t i = 0; i < report.results.size(); ++i)
    taken.push_back({x.place(intensity[i + 1]) - 4, y.place(rate[i + 1]) - 4, 8, 8});
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const Result& r = report.results[i];
    const double px = x.place(intensity[i + 1]), py = y.place(rate[i + 1]);
    const std::size_t slash = r.name.find('/');
    const std::string kind = slash == std::string::npos ? "step" : r.name.substr(slash + 1);
    body += fmt::format(
        "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>{}: {:.3f} ms, {:.0f} % of its "
        "floor</title></circle>\n",
        kind, px, py, escaped(r.name), 1e3 * r.median(), 100 * roof.floor_seconds(r.work) / r.median());
    labels += label_of(r.name, px, py, x, y, taken);
  }
  const std::string where =
      fmt::format("fno_bench_{}: {}, threads {}, {}", report.program, value_of(report, "processor"),
                  value_of(report, "threads"), value_of(report, "date"));
  write_text(
      path,
      fmt::format(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
          "<style>text{{font:12px sans-serif;fill:#444}} .title{{font:bold 15px sans-serif;fill:#111}} "
          ".label{{font:11px sans-serif;fill:#111}} .name{{font:bold 12px sans-serif;fill:#b03a00}} "
          ".grid{{stroke:#e4e4e4}} .roof{{stroke:#d55e00;stroke-width:2}} .lead{{stroke:#999;stroke-width:.7}} "
          ".train{{fill:#0072b2}} .forward{{fill:#009e73}} .operator{{fill:#cc79a7}} .step{{fill:#333}}</style>\n"
          "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
          kWidth, kHeight) +
          text_at(kLeft, 24, "Rate against flop per byte, under what this machine can do", "class=\"title\"") +
          text_at(kLeft, 44, where) + legend_of(report.results) + body + labels +
          text_at((x.from + x.to) / 2, kHeight - 14, "flop per byte moved", "text-anchor=\"middle\"") +
          fmt::format("<text text-anchor=\"middle\" transform=\"translate(20 {:.0f}) rotate(-90)\">Gflop/s</text>\n",
                      (y.from + y.to) / 2) +
          "</svg>\n");
}

}  // namespace fno::bench
