#include "tools/report/colormap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>

namespace fno::report {
namespace {

constexpr std::array<Rgb, 33> kViridis = {
    {{68, 1, 84},    {71, 13, 96},   {72, 24, 106},  {72, 35, 116},  {71, 45, 123},  {69, 54, 129},  {66, 64, 134},
     {63, 73, 137},  {59, 82, 139},  {55, 90, 141},  {51, 99, 141},  {47, 106, 142}, {44, 114, 142}, {41, 122, 142},
     {38, 129, 142}, {35, 137, 142}, {33, 144, 140}, {31, 152, 139}, {31, 159, 136}, {33, 166, 133}, {40, 174, 128},
     {49, 181, 123}, {62, 188, 116}, {76, 194, 108}, {93, 201, 99},  {110, 206, 88}, {130, 211, 76}, {150, 216, 63},
     {171, 220, 50}, {192, 223, 36}, {213, 226, 26}, {234, 229, 26}, {253, 231, 37}}};

constexpr std::array<Rgb, 33> kMagma = {
    {{0, 0, 4},       {3, 3, 17},      {10, 8, 34},     {19, 13, 51},    {29, 17, 70},    {40, 17, 90},
     {54, 16, 106},   {67, 15, 118},   {80, 18, 124},   {93, 23, 127},   {105, 28, 129},  {118, 33, 129},
     {130, 38, 129},  {143, 42, 129},  {156, 46, 127},  {169, 50, 125},  {182, 55, 121},  {195, 59, 117},
     {207, 65, 112},  {219, 72, 106},  {230, 81, 99},   {238, 92, 94},   {245, 105, 92},  {249, 120, 93},
     {251, 135, 97},  {253, 150, 104}, {254, 165, 113}, {254, 180, 123}, {254, 195, 135}, {254, 209, 148},
     {253, 224, 162}, {252, 238, 176}, {252, 253, 191}}};

constexpr std::array<Rgb, 33> kTwilight = {
    {{226, 217, 226}, {214, 215, 221}, {195, 206, 212}, {171, 194, 204}, {148, 180, 199}, {129, 166, 195},
     {114, 151, 193}, {104, 134, 190}, {98, 117, 186},  {95, 99, 181},   {94, 81, 173},   {93, 61, 161},
     {89, 42, 143},   {82, 27, 119},   {69, 19, 92},    {56, 17, 70},    {47, 20, 55},    {58, 17, 58},
     {75, 19, 66},    {95, 23, 74},    {116, 30, 79},   {135, 39, 80},   {152, 53, 80},   {166, 69, 80},
     {178, 86, 82},   {187, 104, 88},  {194, 124, 98},  {199, 143, 114}, {204, 163, 136}, {209, 181, 162},
     {216, 198, 189}, {222, 211, 213}, {226, 217, 226}}};

constexpr std::array<Rgb, 17> kDiverging = {{{8, 68, 145},
                                             {30, 90, 175},
                                             {53, 113, 200},
                                             {80, 137, 221},
                                             {110, 161, 236},
                                             {142, 184, 246},
                                             {176, 206, 251},
                                             {212, 227, 251},
                                             {245, 245, 245},
                                             {249, 217, 213},
                                             {247, 188, 180},
                                             {239, 157, 148},
                                             {227, 128, 117},
                                             {209, 99, 89},
                                             {186, 72, 64},
                                             {160, 48, 43},
                                             {131, 27, 25}}};

std::uint8_t mixed(std::uint8_t a, std::uint8_t b, double f) {
  return static_cast<std::uint8_t>(std::lround(a + (static_cast<double>(b) - a) * f));
}

}  // namespace

std::string hex_text(Rgb color) { return fmt::format("#{:02x}{:02x}{:02x}", color.r, color.g, color.b); }

std::span<const Rgb> control_points(Colormap map) {
  switch (map) {
    case Colormap::viridis: return kViridis;
    case Colormap::magma: return kMagma;
    case Colormap::twilight: return kTwilight;
    case Colormap::diverging: return kDiverging;
  }
  return kViridis;
}

Rgb color_at(Colormap map, double t) {
  const std::span<const Rgb> points = control_points(map);
  const double at = std::clamp(t, 0.0, 1.0) * static_cast<double>(points.size() - 1);
  const std::size_t left = std::min(static_cast<std::size_t>(at), points.size() - 2);
  const double f = at - static_cast<double>(left);
  const Rgb a = points[left], b = points[left + 1];
  return {mixed(a.r, b.r, f), mixed(a.g, b.g, f), mixed(a.b, b.b, f)};
}

}  // namespace fno::report
