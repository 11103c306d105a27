// SPDX-License-Identifier: MIT
// The service worker that shows notifications where a page may not, as on Android. It does nothing else.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const where = `/${event.notification.data ?? ''}`;
  event.waitUntil(self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((pages) => {
    const [page] = pages;
    if (!page) return self.clients.openWindow(where);
    page.postMessage({ go: event.notification.data });
    return page.focus();
  }));
});
