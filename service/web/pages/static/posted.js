// A report was kept: the draft of the form that was sent is of no more use.

const sent = sessionStorage.getItem("sent");
if (sent) sessionStorage.removeItem(sent);
sessionStorage.removeItem("sent");
