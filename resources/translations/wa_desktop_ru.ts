<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>AccountForm</name>
    <message>
        <source>New account</source>
        <translation>Новый аккаунт</translation>
    </message>
    <message>
        <source>Kind of account</source>
        <translation>Вид аккаунта</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Название</translation>
    </message>
    <message>
        <source>Phone number ID</source>
        <translation>ID номера телефона</translation>
    </message>
    <message>
        <source>Business account ID (optional)</source>
        <translation>ID бизнес-аккаунта (необязательно)</translation>
    </message>
    <message>
        <source>Access token</source>
        <translation>Токен доступа</translation>
    </message>
    <message>
        <source>Messages a minute</source>
        <translation>Сообщений в минуту</translation>
    </message>
    <message>
        <source>Messages sent at once</source>
        <translation>Отправлять одновременно</translation>
    </message>
    <message>
        <source>Kind:</source>
        <translation>Вид:</translation>
    </message>
    <message>
        <source>Add account</source>
        <translation>Добавить аккаунт</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Give the account a name of at most 200 characters.</source>
        <translation>Назовите аккаунт: не больше 200 знаков.</translation>
    </message>
    <message>
        <source>The phone number ID is the number that WhatsApp Manager shows: digits only.</source>
        <translation>ID номера телефона показывает WhatsApp Manager: только цифры.</translation>
    </message>
    <message>
        <source>An access token is needed to send through the Cloud API.</source>
        <translation>Для отправки через Cloud API нужен токен доступа.</translation>
    </message>
    <message>
        <source>At most 1,000 messages a second are possible.</source>
        <translation>Возможно не больше 1000 сообщений в секунду.</translation>
    </message>
</context>
<context>
    <name>AccountsPage</name>
    <message>
        <source>Account</source>
        <translation>Аккаунт</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Вид</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Limit</source>
        <translation>Ограничение</translation>
    </message>
    <message>
        <source>At once</source>
        <translation>Сразу</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Примечание</translation>
    </message>
    <message>
        <source>none</source>
        <translation>нет</translation>
    </message>
    <message>
        <source>%1 a minute</source>
        <translation>%1 в минуту</translation>
    </message>
    <message>
        <source>%1 a second</source>
        <translation>%1 в секунду</translation>
    </message>
    <message>
        <source>%1 in %2 ms</source>
        <translation>%1 за %2 мс</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Аккаунты</translation>
    </message>
    <message>
        <source>New account…</source>
        <translation>Новый аккаунт…</translation>
    </message>
    <message>
        <source>Let it send again</source>
        <translation>Разрешить отправку</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Удалить…</translation>
    </message>
    <message>
        <source>Remove “%1”?</source>
        <translation>Удалить «%1»?</translation>
    </message>
    <message>
        <source>Its access token is deleted from this computer.</source>
        <translation>Его токен доступа будет удалён с этого компьютера.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Удалить</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Оставить</translation>
    </message>
</context>
<context>
    <name>ActionBar</name>
    <message>
        <source>Start</source>
        <translation>Начать</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Cancel campaign</source>
        <translation>Отменить рассылку</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Удалить</translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s) not sent yet will be skipped, for good.</source>
        <translation>
            <numerusform>%Ln неотправленное сообщение будет пропущено навсегда.</numerusform>
            <numerusform>%Ln неотправленных сообщения будут пропущены навсегда.</numerusform>
            <numerusform>%Ln неотправленных сообщений будут пропущены навсегда.</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancel “%1”?</source>
        <translation>Отменить «%1»?</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Оставить</translation>
    </message>
    <message>
        <source>The campaign and the record of its messages are deleted for good.</source>
        <translation>Рассылка и сведения о её сообщениях удаляются навсегда.</translation>
    </message>
    <message>
        <source>It is at work: sending stops first.</source>
        <translation>Рассылка идёт: сначала отправка остановится.</translation>
    </message>
    <message>
        <source>Delete “%1”?</source>
        <translation>Удалить «%1»?</translation>
    </message>
</context>
<context>
    <name>Application</name>
    <message>
        <source>Something went wrong in this program.</source>
        <translation>В программе произошла ошибка.</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Скопировать подробности</translation>
    </message>
</context>
<context>
    <name>CampaignDetailPage</name>
    <message>
        <source>Back to the list (Esc)</source>
        <translation>Назад к списку (Esc)</translation>
    </message>
    <message>
        <source>Back to the list</source>
        <translation>Назад к списку</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Ход</translation>
    </message>
    <message>
        <source>Account: %1</source>
        <translation>Аккаунт: %1</translation>
    </message>
    <message>
        <source>created %1</source>
        <translation>создана %1</translation>
    </message>
    <message>
        <source>started %1</source>
        <translation>начата %1</translation>
    </message>
    <message>
        <source>ended %1</source>
        <translation>закончена %1</translation>
    </message>
    <message>
        <source>Template: %1 (%2)</source>
        <translation>Шаблон: %1 (%2)</translation>
    </message>
    <message>
        <source>Each recipient has a text of their own.</source>
        <translation>У каждого получателя свой текст.</translation>
    </message>
</context>
<context>
    <name>CampaignListPage</name>
    <message>
        <source>Campaign</source>
        <translation>Рассылка</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Ход</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибки</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Создана</translation>
    </message>
    <message>
        <source>Campaigns</source>
        <translation>Рассылки</translation>
    </message>
    <message>
        <source>New campaign…</source>
        <translation>Новая рассылка…</translation>
    </message>
    <message>
        <source>Ctrl+N, or drop a file on the window</source>
        <translation>Ctrl+N или перетащите файл в окно</translation>
    </message>
    <message>
        <source>Search by name</source>
        <translation>Поиск по названию</translation>
    </message>
    <message>
        <source>Search campaigns by name</source>
        <translation>Поиск рассылок по названию</translation>
    </message>
    <message>
        <source>Show campaigns in the state</source>
        <translation>Показать рассылки в состоянии</translation>
    </message>
    <message>
        <source>All states</source>
        <translation>Все состояния</translation>
    </message>
    <message>
        <source>No campaign matches.</source>
        <translation>Подходящих рассылок нет.</translation>
    </message>
    <message>
        <source>There are no campaigns yet.

Drop a .csv or .xlsx file with phone numbers here, or press “New campaign…”.</source>
        <translation>Рассылок пока нет.

Перетащите сюда файл .csv или .xlsx с номерами телефонов или нажмите «Новая рассылка…».</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>Keep sending in the tray</source>
        <translation>Отправлять дальше из трея</translation>
    </message>
    <message>
        <source>Keep sending, minimised</source>
        <translation>Свернуть и отправлять дальше</translation>
    </message>
    <message>
        <source>Sending needs this program. Paused campaigns go on when you resume them.</source>
        <translation>Для отправки нужна эта программа. Рассылки на паузе продолжатся, когда вы их возобновите.</translation>
    </message>
    <message>
        <source>Pause and quit</source>
        <translation>Поставить на паузу и выйти</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
</context>
<context>
    <name>CountTiles</name>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Ждут</translation>
    </message>
    <message>
        <source>Delayed</source>
        <translation>Отложены</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>В отправке</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлены</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Доставлены</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Прочитаны</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибки</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Пропущены</translation>
    </message>
    <message>
        <source>Whether these arrived is unknown, so they are not sent again by themselves.</source>
        <translation>Дошли ли они, неизвестно, поэтому сами они повторно не отправляются.</translation>
    </message>
</context>
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n message(s) are in doubt: whether they arrived is unknown, so they are not sent again.</source>
        <translation>
            <numerusform>%n сообщение под вопросом: дошло ли оно, неизвестно, поэтому повторно оно не отправляется.</numerusform>
            <numerusform>%n сообщения под вопросом: дошли ли они, неизвестно, поэтому повторно они не отправляются.</numerusform>
            <numerusform>%n сообщений под вопросом: дошли ли они, неизвестно, поэтому повторно они не отправляются.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) go on where they stopped.</source>
        <translation>
            <numerusform>%n рассылка продолжается с места остановки.</numerusform>
            <numerusform>%n рассылки продолжаются с места остановки.</numerusform>
            <numerusform>%n рассылок продолжаются с места остановки.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) are still sending.</source>
        <translation>
            <numerusform>Ещё идёт %n рассылка.</numerusform>
            <numerusform>Ещё идут %n рассылки.</numerusform>
            <numerusform>Ещё идут %n рассылок.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FieldButtons</name>
    <message>
        <source>Put %1 into the text</source>
        <translation>Вставить %1 в текст</translation>
    </message>
</context>
<context>
    <name>FileChooser</name>
    <message>
        <source>Choose a file with phone numbers</source>
        <translation>Выберите файл с номерами телефонов</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.xlsx *.xls *.ods)</source>
        <translation>Списки (*.csv *.tsv *.txt *.xlsx *.xls *.ods)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Все файлы (*)</translation>
    </message>
</context>
<context>
    <name>FilePanel</name>
    <message>
        <source>Reading… %1 rows so far</source>
        <translation>Чтение… строк: %1</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Чтение…</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Выберите…</translation>
    </message>
    <message>
        <source>Find it</source>
        <translation>Найти</translation>
    </message>
    <message>
        <source>Line %1: “%2” – %3</source>
        <translation>Строка %1: «%2» – %3</translation>
    </message>
    <message>
        <source>… and %1 more</source>
        <translation>… и ещё %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln good</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln годная</numerusform>
            <numerusform>%Ln годные</numerusform>
            <numerusform>%Ln годных</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln duplicate(s)</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln повтор</numerusform>
            <numerusform>%Ln повтора</numerusform>
            <numerusform>%Ln повторов</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln bad</source>
        <comment>rows</comment>
        <translation>
            <numerusform>%Ln негодная</numerusform>
            <numerusform>%Ln негодные</numerusform>
            <numerusform>%Ln негодных</numerusform>
        </translation>
    </message>
    <message>
        <source>Another file…</source>
        <translation>Другой файл…</translation>
    </message>
    <message>
        <source>First rows of the file</source>
        <translation>Первые строки файла</translation>
    </message>
    <message>
        <source>Column with the phone numbers</source>
        <translation>Столбец с номерами телефонов</translation>
    </message>
    <message>
        <source>Country of numbers without a country code</source>
        <translation>Страна для номеров без кода страны</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Нет</translation>
    </message>
    <message>
        <source>Sheet</source>
        <translation>Лист</translation>
    </message>
    <message>
        <source>Sheet:</source>
        <translation>Лист:</translation>
    </message>
    <message>
        <source>Phone column:</source>
        <translation>Столбец с номерами:</translation>
    </message>
    <message>
        <source>Default country:</source>
        <translation>Страна по умолчанию:</translation>
    </message>
    <message>
        <source>Rows that cannot be used</source>
        <translation>Строки, которые нельзя использовать</translation>
    </message>
</context>
<context>
    <name>MessagePane</name>
    <message>
        <source>Show messages in the state</source>
        <translation>Показать сообщения в состоянии</translation>
    </message>
    <message>
        <source>All messages</source>
        <translation>Все сообщения</translation>
    </message>
    <message>
        <source>Search by phone number</source>
        <translation>Поиск по номеру телефона</translation>
    </message>
    <message>
        <source>Search messages by phone number</source>
        <translation>Поиск сообщений по номеру телефона</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>Загрузка…</translation>
    </message>
    <message>
        <source>%1 shown</source>
        <translation>Показано: %1</translation>
    </message>
</context>
<context>
    <name>MessagePanel</name>
    <message>
        <source>A column with the text for each recipient</source>
        <translation>Столбец с текстом для каждого получателя</translation>
    </message>
    <message>
        <source>One text for all, with fields</source>
        <translation>Один текст для всех, с полями</translation>
    </message>
    <message>
        <source>A template approved by WhatsApp</source>
        <translation>Шаблон, одобренный WhatsApp</translation>
    </message>
    <message>
        <source>The first message, to %1:</source>
        <translation>Первое сообщение, на %1:</translation>
    </message>
    <message>
        <source>No value for: %1</source>
        <translation>Нет значения для: %1</translation>
    </message>
    <message>
        <source>There is no text yet.</source>
        <translation>Текста пока нет.</translation>
    </message>
    <message>
        <source>Column with the messages</source>
        <translation>Столбец с сообщениями</translation>
    </message>
    <message>
        <source>Text of the message</source>
        <translation>Текст сообщения</translation>
    </message>
    <message>
        <source>Hello {{name}}, …</source>
        <translation>Здравствуйте, {{name}}! …</translation>
    </message>
    <message>
        <source>Name of the template</source>
        <translation>Название шаблона</translation>
    </message>
    <message>
        <source>Language of the template</source>
        <translation>Язык шаблона</translation>
    </message>
    <message>
        <source>Parameters of the template</source>
        <translation>Параметры шаблона</translation>
    </message>
    <message>
        <source>One value a line, in the template&apos;s order, such as {{name}}</source>
        <translation>По значению в строке, в порядке шаблона, например {{name}}</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Название:</translation>
    </message>
    <message>
        <source>Language:</source>
        <translation>Язык:</translation>
    </message>
    <message>
        <source>Parameters:</source>
        <translation>Параметры:</translation>
    </message>
    <message>
        <source>Preview of the first message</source>
        <translation>Первое сообщение для проверки</translation>
    </message>
</context>
<context>
    <name>MessageTableModel</name>
    <message>
        <source>Phone</source>
        <translation>Телефон</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Состояние</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>Попытки</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Доставлено</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Прочитано</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Примечание</translation>
    </message>
    <message>
        <source>Next try: %1.</source>
        <translation>Следующая попытка: %1.</translation>
    </message>
</context>
<context>
    <name>NewCampaignDialog</name>
    <message>
        <source>New campaign</source>
        <translation>Новая рассылка</translation>
    </message>
    <message>
        <source>No row of this file can be used.</source>
        <translation>Ни одну строку этого файла нельзя использовать.</translation>
    </message>
    <message>
        <source>No column with phone numbers was found. Choose the column that holds them, or another file.</source>
        <translation>Столбец с номерами телефонов не найден. Выберите его или другой файл.</translation>
    </message>
    <message>
        <source>This file cannot be used.</source>
        <translation>Этот файл нельзя использовать.</translation>
    </message>
    <message>
        <source>%1 – sends nothing</source>
        <translation>%1 – ничего не отправляет</translation>
    </message>
    <message>
        <source>The file has no column for: %1</source>
        <translation>В файле нет столбца для: %1</translation>
    </message>
    <message>
        <source>There are no recipients.</source>
        <translation>Нет получателей.</translation>
    </message>
    <message>
        <source>Give the campaign a name.</source>
        <translation>Назовите рассылку.</translation>
    </message>
    <message>
        <source>Choose an account to send from.</source>
        <translation>Выберите аккаунт для отправки.</translation>
    </message>
    <message>
        <source>Choose the column with the messages.</source>
        <translation>Выберите столбец с сообщениями.</translation>
    </message>
    <message>
        <source>Write the message.</source>
        <translation>Напишите сообщение.</translation>
    </message>
    <message>
        <source>Give the template&apos;s name and language.</source>
        <translation>Укажите название и язык шаблона.</translation>
    </message>
    <message>
        <source>Adding recipients: %1</source>
        <translation>Добавление получателей: %1</translation>
    </message>
    <message>
        <source>The campaign was not made.</source>
        <translation>Рассылка не создана.</translation>
    </message>
    <message>
        <source>Name of the campaign</source>
        <translation>Название рассылки</translation>
    </message>
    <message>
        <source>Account to send from</source>
        <translation>Аккаунт для отправки</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>Название:</translation>
    </message>
    <message>
        <source>Account:</source>
        <translation>Аккаунт:</translation>
    </message>
    <message>
        <source>Recipients added</source>
        <translation>Добавлено получателей</translation>
    </message>
    <message>
        <source>Create</source>
        <translation>Создать</translation>
    </message>
    <message>
        <source>Makes a draft that can be started later</source>
        <translation>Создаёт черновик, который можно начать позже</translation>
    </message>
    <message>
        <source>Create and start</source>
        <translation>Создать и начать</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
</context>
<context>
    <name>News</name>
    <message>
        <source>Open</source>
        <translation>Открыть</translation>
    </message>
</context>
<context>
    <name>NoticeRow</name>
    <message>
        <source>Dismiss</source>
        <translation>Убрать</translation>
    </message>
</context>
<context>
    <name>OpeningPage</name>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>Открывается…</translation>
    </message>
    <message>
        <source>wa-desktop could not open its data</source>
        <translation>Не удалось открыть данные wa-desktop</translation>
    </message>
    <message>
        <source>Finishing…</source>
        <translation>Завершение…</translation>
    </message>
    <message>
        <source>Messages on their way are waited for. This takes at most 10 seconds.</source>
        <translation>Ждём сообщения, которые уже отправляются: не больше 10 секунд.</translation>
    </message>
</context>
<context>
    <name>QueueTiles</name>
    <message>
        <source>Waiting</source>
        <translation>Ждут</translation>
    </message>
    <message>
        <source>Active</source>
        <translation>В работе</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Готово</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ошибки</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменено</translation>
    </message>
    <message>
        <source>Delayed</source>
        <translation>Отложено</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Пропущено</translation>
    </message>
    <message>
        <source>In doubt</source>
        <translation>Неясно</translation>
    </message>
</context>
<context>
    <name>QueuesPage</name>
    <message>
        <source>Queue</source>
        <translation>Очередь</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Сообщения</translation>
    </message>
    <message>
        <source>Campaigns</source>
        <translation>Рассылки</translation>
    </message>
    <message>
        <source>Campaign</source>
        <translation>Рассылка</translation>
    </message>
    <message>
        <source>Phone</source>
        <translation>Телефон</translation>
    </message>
    <message>
        <source>Attempts so far</source>
        <translation>Было попыток</translation>
    </message>
    <message>
        <source>Computer</source>
        <translation>Компьютер</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Процесс</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Работает с</translation>
    </message>
    <message>
        <source>Last sign of life</source>
        <translation>Последний отклик</translation>
    </message>
    <message>
        <source>Last sent</source>
        <translation>Последняя отправка</translation>
    </message>
    <message>
        <source>Queues</source>
        <translation>Очереди</translation>
    </message>
    <message>
        <source>Loading the chart…</source>
        <translation>Загрузка графика…</translation>
    </message>
    <message>
        <source>Active jobs</source>
        <translation>Задания в работе</translation>
    </message>
    <message>
        <source>Workers</source>
        <translation>Обработчики</translation>
    </message>
    <message>
        <source>Messages sent a minute, last 60 minutes</source>
        <translation>Отправлено сообщений в минуту за последние 60 минут</translation>
    </message>
</context>
<context>
    <name>Rooms</name>
    <message>
        <source>Campaigns</source>
        <translation>Рассылки</translation>
    </message>
    <message>
        <source>Queues</source>
        <translation>Очереди</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Аккаунты</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Страницы</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>No campaign is running</source>
        <translation>Рассылок сейчас нет</translation>
    </message>
    <message>
        <source>Show the window</source>
        <translation>Показать окно</translation>
    </message>
    <message>
        <source>New campaign…</source>
        <translation>Новая рассылка…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message numerus="yes">
        <source>%n campaign(s) at work: %1</source>
        <translation>
            <numerusform>Идёт %n рассылка: %1</numerusform>
            <numerusform>Идут %n рассылки: %1</numerusform>
            <numerusform>Идут %n рассылок: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>Draft</source>
        <translation>Черновик</translation>
    </message>
    <message>
        <source>Scheduled</source>
        <translation>Запланирована</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Начинается</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Готовится</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Идёт</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>На паузе</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Завершена</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Отменена</translation>
    </message>
    <message>
        <source>Being deleted</source>
        <translation>Удаляется</translation>
    </message>
    <message>
        <source>Not started</source>
        <comment>message</comment>
        <translation>Не начато</translation>
    </message>
    <message>
        <source>Waiting</source>
        <comment>message</comment>
        <translation>Ждёт</translation>
    </message>
    <message>
        <source>Delayed</source>
        <comment>message</comment>
        <translation>Отложено</translation>
    </message>
    <message>
        <source>About to be sent</source>
        <comment>message</comment>
        <translation>Вот-вот уйдёт</translation>
    </message>
    <message>
        <source>Sending</source>
        <comment>message</comment>
        <translation>Отправляется</translation>
    </message>
    <message>
        <source>Sent</source>
        <comment>message</comment>
        <translation>Отправлено</translation>
    </message>
    <message>
        <source>Delivered</source>
        <comment>message</comment>
        <translation>Доставлено</translation>
    </message>
    <message>
        <source>Read</source>
        <comment>message</comment>
        <translation>Прочитано</translation>
    </message>
    <message>
        <source>Failed</source>
        <comment>message</comment>
        <translation>Ошибка</translation>
    </message>
    <message>
        <source>Skipped</source>
        <comment>message</comment>
        <translation>Пропущено</translation>
    </message>
    <message>
        <source>In doubt</source>
        <comment>message</comment>
        <translation>Неясно</translation>
    </message>
    <message>
        <source>no phone number</source>
        <translation>нет номера телефона</translation>
    </message>
    <message>
        <source>not a phone number</source>
        <translation>не номер телефона</translation>
    </message>
    <message>
        <source>too short for a phone number</source>
        <translation>слишком короткий номер</translation>
    </message>
    <message>
        <source>too long for a phone number</source>
        <translation>слишком длинный номер</translation>
    </message>
    <message>
        <source>wrong number of digits for its country</source>
        <translation>неверное количество цифр для этой страны</translation>
    </message>
    <message>
        <source>unknown country code</source>
        <translation>неизвестный код страны</translation>
    </message>
    <message>
        <source>no country code: write it with + or choose a default country</source>
        <translation>нет кода страны: допишите его с + или выберите страну по умолчанию</translation>
    </message>
    <message>
        <source>digits were lost in a spreadsheet: format the column as text</source>
        <translation>цифры потеряны в таблице: задайте столбцу текстовый формат</translation>
    </message>
    <message>
        <source>holds a zero character, which no message can carry</source>
        <translation>содержит нулевой символ, который нельзя отправить</translation>
    </message>
    <message>
        <source>has more cells than there are columns</source>
        <translation>ячеек больше, чем столбцов</translation>
    </message>
    <message>
        <source>“%1” has started.</source>
        <translation>Рассылка «%1» началась.</translation>
    </message>
    <message>
        <source>“%1” is finished.</source>
        <translation>Рассылка «%1» закончена.</translation>
    </message>
    <message>
        <source>“%1” is paused.</source>
        <translation>Рассылка «%1» на паузе.</translation>
    </message>
    <message>
        <source>“%1” goes on where it stopped.</source>
        <translation>Рассылка «%1» продолжается с места остановки.</translation>
    </message>
    <message>
        <source>“%1” did not start at its time.</source>
        <translation>Рассылка «%1» не началась вовремя.</translation>
    </message>
    <message>
        <source>The account “%1” has stopped sending.</source>
        <translation>Аккаунт «%1» прекратил отправку.</translation>
    </message>
    <message>
        <source>There is trouble with sending.</source>
        <translation>Отправка не ладится.</translation>
    </message>
    <message>
        <source>Sending works again.</source>
        <translation>Отправка снова работает.</translation>
    </message>
    <message>
        <source>The daily backup was not made.</source>
        <translation>Ежедневная резервная копия не создана.</translation>
    </message>
    <message>
        <source>It was to start while the program was not running. Start it if you still want it.</source>
        <translation>Она должна была начаться, когда программа не работала. Начните её, если она ещё нужна.</translation>
    </message>
    <message>
        <source>The data came from a backup. Since then messages may have gone out: check, then resume.</source>
        <translation>Данные восстановлены из резервной копии. С тех пор могли уйти другие сообщения: проверьте и продолжите.</translation>
    </message>
    <message>
        <source>The program was ended in the middle of sending.</source>
        <translation>Программа была прервана во время отправки.</translation>
    </message>
    <message>
        <source>No message is in doubt.</source>
        <translation>Сообщений под вопросом нет.</translation>
    </message>
    <message>
        <source>Sandbox (sends nothing)</source>
        <translation>Песочница (ничего не отправляет)</translation>
    </message>
    <message>
        <source>WhatsApp Cloud API</source>
        <translation>WhatsApp Cloud API</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Готов</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Остановлен</translation>
    </message>
</context>
</TS>
