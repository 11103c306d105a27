/* SPDX-License-Identifier: MIT */
/* What the archive's report says. */

#include "export/report/words.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const char *const table[UT__WORDS][UT__LANGUAGES] = {
    [UT__W_TITLE] = {"Calls from {0} to {1}", "Llamadas del {0} al {1}", "Cuộc gọi từ {0} đến {1}"},
    [UT__W_BEFORE] = {"Set against {0} to {1}.", "Comparado con el periodo del {0} al {1}.", "So với giai đoạn từ {0} đến {1}."},
    [UT__W_NOTHING] = {"No call of this time is on record.", "No hay llamadas de este periodo en el registro.", "Không có cuộc gọi nào của giai đoạn này được lưu."},
    [UT__W_CALLS] = {"{0} calls, {1} of them imported; {2} in the time before.", "{0} llamadas, {1} de ellas importadas; {2} en el periodo anterior.", "{0} cuộc gọi, trong đó {1} được nhập từ bản ghi; giai đoạn trước có {2}."},
    [UT__W_SCORED] = {"{0} of them were scored, {1}.", "Se valoraron {0} de ellas, el {1}.", "Chấm được {0} cuộc, tức {1}."},
    [UT__W_WHY] = {"Not scored: {0}.", "Sin valorar: {0}.", "Không chấm: {0}."},
    [UT__W_ALERTED] = {"{0} scored calls had an alert: {1} [{2}, {3}]; {4} [{5}, {6}] before.", "{0} llamadas valoradas tuvieron una alerta: {1} [{2}, {3}]; antes, {4} [{5}, {6}].", "{0} cuộc gọi được chấm có cảnh báo: {1} [{2}, {3}]; trước đó {4} [{5}, {6}]."},
    [UT__W_ANSWERED] = {"Of {0} live alerts {1} were answered, {2} in time: {3} [{4}, {5}].", "De {0} alertas en vivo se respondieron {1}, {2} a tiempo: {3} [{4}, {5}].", "Trong {0} cảnh báo trực tiếp có {1} được trả lời, {2} kịp lúc: {3} [{4}, {5}]."},
    [UT__W_VERDICTS] = {"Of {0} alerts with a verdict {1} were right: {2} [{3}, {4}].", "De {0} alertas con veredicto {1} fueron acertadas: {2} [{3}, {4}].", "Trong {0} cảnh báo đã được đánh giá có {1} đúng: {2} [{3}, {4}]."},
    [UT__W_NO_VERDICTS] = {"No alert has a verdict: how often they are right is not known.", "Ninguna alerta tiene veredicto: no se sabe cuántas aciertan.", "Chưa cảnh báo nào được đánh giá: không biết chúng đúng đến đâu."},
    [UT__W_RETURNED] = {"Callers who called again: {0}; with an alert when they came back: {1}, {2} [{3}, {4}].", "Clientes que volvieron a llamar: {0}; con una alerta al volver: {1}, el {2} [{3}, {4}].", "Khách gọi lại: {0}; có cảnh báo khi gọi lại: {1}, tức {2} [{3}, {4}]."},
    [UT__W_DRIFT] = {"Drift: the mean peak went from {0} to {1}, by {2} [{3}, {4}]; look at what has changed, and at the thresholds.", "Deriva: el máximo medio pasó de {0} a {1}, {2} [{3}, {4}]; revise qué ha cambiado y los umbrales.", "Trôi: mức đỉnh trung bình từ {0} thành {1}, đổi {2} [{3}, {4}]; hãy xem điều gì đã thay đổi và các ngưỡng."},
    [UT__W_DRIFT_NOT] = {"No drift: the mean peak was {0}, and is {1}.", "Sin deriva: el máximo medio era {0} y es {1}.", "Không trôi: mức đỉnh trung bình trước là {0}, nay là {1}."},
    [UT__W_H_CHANGES] = {"What changed", "Qué ha cambiado", "Điều gì đã thay đổi"},
    [UT__W_UP] = {"{0} heats up: {1} of its calls had an alert, {2} before; the difference is {3} to {4} points.", "{0} se calienta: el {1} de sus llamadas tuvo una alerta, antes el {2}; la diferencia es de {3} a {4} puntos.", "{0} nóng lên: {1} cuộc gọi có cảnh báo, trước đó {2}; chênh lệch từ {3} đến {4} điểm."},
    [UT__W_DOWN] = {"{0} cools down: {1} of its calls had an alert, {2} before; the difference is {3} to {4} points.", "{0} se enfría: el {1} de sus llamadas tuvo una alerta, antes el {2}; la diferencia es de {3} a {4} puntos.", "{0} dịu đi: {1} cuộc gọi có cảnh báo, trước đó {2}; chênh lệch từ {3} đến {4} điểm."},
    [UT__W_NO_CHANGE] = {"Nothing that could be told from chance.", "Nada que se distinga del azar.", "Không có gì phân biệt được với ngẫu nhiên."},
    [UT__W_QUEUE_NAMED] = {"Queue {0}", "La cola {0}", "Hàng chờ {0}"},
    [UT__W_HOUR_NAMED] = {"The hour from {0}:00", "La hora de las {0}:00", "Giờ từ {0}:00"},
    [UT__W_ALL] = {"All", "Todas", "Tất cả"},
    [UT__W_H_GROUPS_QUEUE] = {"By queue", "Por cola", "Theo hàng chờ"},
    [UT__W_H_GROUPS_AGENT] = {"By agent", "Por agente", "Theo nhân viên"},
    [UT__W_H_GROUPS_HOUR] = {"By hour", "Por hora", "Theo giờ"},
    [UT__W_QUEUE] = {"Queue", "Cola", "Hàng chờ"},
    [UT__W_AGENT] = {"Agent", "Agente", "Nhân viên"},
    [UT__W_HOUR] = {"Hour", "Hora", "Giờ"},
    [UT__W_C_CALLS] = {"Calls", "Llamadas", "Cuộc gọi"},
    [UT__W_C_SCORED] = {"Scored", "Valoradas", "Đã chấm"},
    [UT__W_C_ALERTED] = {"With alert", "Con alerta", "Có cảnh báo"},
    [UT__W_C_INTERVAL] = {"95 % interval", "Intervalo 95 %", "Khoảng 95 %"},
    [UT__W_C_BEFORE] = {"Before", "Antes", "Trước"},
    [UT__W_C_END] = {"Mean end", "Final medio", "Cuối TB"},
    [UT__W_C_RIGHT] = {"Right", "Acertadas", "Đúng"},
    [UT__W_H_WORST] = {"The five hardest calls", "Las cinco llamadas más duras", "Năm cuộc gọi khó nhất"},
    [UT__W_H_RESCUED] = {"Rescued calls", "Llamadas salvadas", "Cuộc gọi được cứu"},
    [UT__W_RESCUED] = {"{0} calls with an alert ended below half of their peak. These recovered most; say so to who was on them.", "{0} llamadas con alerta terminaron por debajo de la mitad de su máximo. Estas se recuperaron más; dígaselo a quien las atendió.", "{0} cuộc gọi có cảnh báo đã kết thúc dưới nửa mức đỉnh. Dưới đây là những cuộc hồi phục nhiều nhất; hãy khen người đã tiếp."},
    [UT__W_NO_RESCUED] = {"No call with an alert ended below half of its peak.", "Ninguna llamada con alerta terminó por debajo de la mitad de su máximo.", "Không cuộc gọi có cảnh báo nào kết thúc dưới nửa mức đỉnh."},
    [UT__W_CALL] = {"Call", "Llamada", "Cuộc gọi"},
    [UT__W_START] = {"Start", "Inicio", "Bắt đầu"},
    [UT__W_PEAK] = {"Peak", "Máximo", "Đỉnh"},
    [UT__W_END] = {"End", "Final", "Cuối"},
    [UT__W_PEAK_END] = {"Peak-end", "Máximo y final", "Đỉnh và cuối"},
    [UT__W_RECOVERY] = {"Recovery", "Recuperación", "Hồi phục"},
    [UT__W_H_EXPOSURE] = {"What agents had to listen to", "Lo que los agentes tuvieron que escuchar", "Những gì nhân viên phải nghe"},
    [UT__W_EXPOSURE] = {"Minutes with callers who were stressed: a reason for breaks, no measure of the agent.", "Minutos con clientes estresados: un motivo para descansos, no una medida del agente.", "Số phút với khách căng thẳng: lý do để nghỉ giải lao, không phải thước đo nhân viên."},
    [UT__W_C_TALK] = {"Minutes", "Minutos", "Phút"},
    [UT__W_C_STRESSED] = {"Stressed", "Con estrés", "Căng thẳng"},
    [UT__W_C_ALERT_MIN] = {"In alert", "En alerta", "Cảnh báo"},
    [UT__W_NO_QUEUE] = {"(no queue)", "(sin cola)", "(không có hàng chờ)"},
    [UT__W_NO_AGENT] = {"(not named)", "(sin nombre)", "(chưa có tên)"},
    [UT__W_FOOT] = {"Made by Undertone. In brackets: 95 % intervals (Wilson; differences after Newcombe). A change is told where its interval excludes none, with 20 calls or more on either side, and where so many comparisons would not give it by chance.", "Hecho por Undertone. Entre corchetes, intervalos del 95 % (Wilson; diferencias según Newcombe). Un cambio se dice si su intervalo excluye que no haya ninguno, con 20 llamadas o más en cada lado, y si tantas comparaciones no lo darían por azar.", "Undertone lập. Trong ngoặc vuông là khoảng tin cậy 95 % (Wilson; chênh lệch theo Newcombe). Chỉ nêu thay đổi khi khoảng đó không chứa số không mỗi bên có từ 20 cuộc gọi, và nhiều phép so sánh như vậy khó tạo ra nó một cách ngẫu nhiên."},
    [UT__W_WHY_ROLE] = {"caller’s channel not known {0}", "canal del cliente desconocido {0}", "chưa biết kênh của khách {0}"},
    [UT__W_WHY_SPEECH] = {"too little caller speech {0}", "muy poca voz del cliente {0}", "khách nói quá ít {0}"},
    [UT__W_WHY_GAP] = {"sound was lost {0}", "se perdió sonido {0}", "âm thanh bị mất {0}"},
    [UT__W_WHY_MUSIC] = {"music or tone {0}", "música o tono {0}", "nhạc hoặc âm báo {0}"},
    [UT__W_WHY_CLIPPING] = {"overdriven sound {0}", "sonido saturado {0}", "âm thanh bị vỡ {0}"},
    [UT__W_WHY_NOISE] = {"too much noise {0}", "demasiado ruido {0}", "quá nhiều tạp âm {0}"},
    [UT__W_WHY_RATE] = {"wrong sampling rate {0}", "frecuencia de muestreo equivocada {0}", "sai tần số lấy mẫu {0}"},
};
/* clang-format on */

static const char *const names[UT__LANGUAGES] = {"en", "es", "vi"};

const char *ut__language_name(enum ut__language lang)
{
    return names[lang];
}

enum ut__language ut__language_named(const char *name)
{
    int lang = 0;
    while (lang < UT__LANGUAGES && strcmp(names[lang], name) != 0)
        lang++;
    return (enum ut__language)lang;
}

const char *ut__word(enum ut__language lang, enum ut__word word)
{
    return table[word][lang];
}

const char *ut__words(char *out, size_t cap, enum ut__language lang, enum ut__word word,
                      const char *const *values, size_t n)
{
    size_t len = 0;
    for (const char *p = table[word][lang]; *p && len + 1 < cap; p++) {
        size_t which =
            p[0] == '{' && p[1] >= '0' && p[1] <= '9' && p[2] == '}' ? (size_t)(p[1] - '0') : n;
        if (which < n) {
            len += (size_t)snprintf(out + len, cap - len, "%s", values[which]);
            p += 2;
        } else {
            out[len++] = *p;
        }
        len = len < cap ? len : cap - 1;
    }
    out[len] = '\0';
    return out;
}
